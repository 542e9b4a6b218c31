import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { freePorts } from '@archlab/runtime/whole-lab'
import { folderWith } from '../cli.ts'
import { ControlledLab } from '../controlled-lab.ts'
import { LAB5_FILE } from '../lab5.ts'
import type { Ending } from '../own-server.ts'

const COLLECT_GARBAGE = new URL('./collect-garbage.js', import.meta.url).href

const LISTENING = ['services', 'microservice-a', 'microservice-b', 'cache', 'database', 'worker', 'login']

/** Nothing is refused for being too much, and no job is given up or forgotten. */
const PATCHES = [
  'tactics.rate-limit=off',
  'components.edge.timeout=2s',
  'components.database.latency=5ms',
  'components.worker.job-time=5ms',
  'components.worker.attempts=100',
  'components.worker.backoff=50ms',
  'components.worker.queue-limit=1000000',
  'components.worker.keep-finished=1000000',
]

/** Lab 5 on free ports, and where its jobs lie. */
export interface SoakLab {
  readonly control: ControlledLab
  readonly jobFile: string
}

/** With `collects` its processes collect their garbage at SIGUSR2. */
export async function startSoakLab(t: Ending, collects: boolean): Promise<SoakLab> {
  const [edge, first, second, ...ports] = await freePorts(3 + LISTENING.length)
  const folder = folderWith(t as TestContext, {})
  const all = [
    ...PATCHES,
    `components.edge.port=${edge}`,
    `components.gateway.ports=[${first}, ${second}]`,
    ...LISTENING.map((name, at) => `components.${name}.port=${ports[at]}`),
  ]
  const control = await ControlledLab.start(t, LAB5_FILE, {
    args: all.flatMap(patch => ['--set', patch]),
    env: { ARCHLAB_STATE: folder, ...(collects ? { NODE_OPTIONS: `--import ${COLLECT_GARBAGE}` } : {}) },
  })
  return { control, jobFile: join(folder, 'lab5', 'worker.sqlite') }
}
