import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { httpCall, type LabUnderTest, startLab } from '@archlab/runtime/whole-lab'
import { folderWith } from './cli.ts'
import { catalogs } from './lab5.ts'

/** Writes a line to the file `executions` beside it for every execution (job, attempt, time), then does what its task says. */
export const WITNESS = `
import { appendFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

export default async (task, { id, attempt, progress }) => {
  appendFileSync(new URL('./executions', import.meta.url), [id, attempt, Date.now()].join(' ') + '\\n')
  if (task.fail) throw new Error('told to fail')
  if (task.exit) process.exit(3)
  if (task.hang) for (;;) {}
  progress(0.5)
  await sleep(task.ms ?? 0)
  return { attempt }
}
`

/** A worker whose kind `witness` leaves a trace; `settings` are lines of its YAML. */
export function jobTopology(settings: readonly string[]): Record<string, string> {
  const lines = ['kind: worker', 'port: 5005', 'jobs: { witness: ./witness.ts }', ...settings]
  return {
    'topology.yaml': `name: jobs\ncomponents:\n  worker:\n${lines.map(line => `    ${line}`).join('\n')}\n`,
    'witness.ts': WITNESS,
  }
}

/** A lab with that worker, and what its jobs have left behind. */
export interface JobLab extends LabUnderTest {
  readonly folder: string
  readonly stateFolder: string
  /** Attempts of each job, by its id, in the order in which they ran. */
  executions(): Map<string, number[]>
  counters(): Promise<Record<string, number>>
  gauges(): Promise<Record<string, number>>
  /** What `GET /task/<id>` says. */
  job(id: string): Promise<any>
}

/** Starts the worker; with `from`, once more with its files and jobs. */
export async function startJobLab(
  t: TestContext,
  settings: readonly string[],
  options: { from?: JobLab; env?: Record<string, string> } = {},
): Promise<JobLab> {
  const folder = options.from?.folder ?? folderWith(t, jobTopology(settings))
  const stateFolder = options.from?.stateFolder ?? join(folder, 'state')
  const env = { ...process.env, ...options.env }
  const lab = await startLab(t, { file: join(folder, 'topology.yaml') }, { catalogs, stateFolder, env })
  const status = async () => (await lab.lab.status()).components.worker!
  return {
    ...lab,
    folder,
    stateFolder,
    executions: () => attemptsOf(readRuns(join(folder, 'executions'))),
    counters: async () => (await status()).counters,
    gauges: async () => (await status()).gauges,
    job: async id => (await httpCall(`${lab.url('worker')}/task/${id}`)).json,
  }
}

/** One run of a job. */
export interface Run {
  readonly attempt: number
  /** By the wall clock. */
  readonly startedAtMs: number
}

/** Runs by job, in the order in which they began, from a file that `WITNESS` wrote. */
export function readRuns(file: string): Map<string, Run[]> {
  const found = new Map<string, Run[]>()
  for (const line of textOf(file).split('\n').filter(Boolean)) {
    const [id = '', attempt, startedAtMs] = line.split(' ')
    found.set(id, [...(found.get(id) ?? []), { attempt: Number(attempt), startedAtMs: Number(startedAtMs) }])
  }
  return found
}

const attemptsOf = (runs: Map<string, Run[]>): Map<string, number[]> =>
  new Map([...runs].map(([id, all]) => [id, all.map(run => run.attempt)]))

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
