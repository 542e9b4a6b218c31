import { writeFileSync } from 'node:fs'
import { isDeepStrictEqual } from 'node:util'
import { seededRandom } from '@archlab/runtime/kit'
import { type CallResult, httpCall, type LabUnderTest, startLab } from '@archlab/runtime/whole-lab'
import { ClosedLoad } from '../closed-load.ts'
import { catalogs } from '../lab5.ts'
import type { Ending } from '../own-server.ts'
import { editedLab, textOf } from './edited-lab.ts'
import { RandomEdits } from './random-edits.ts'

const CONNECTIONS = 16
/** Declared ports; the lab under test has free ones in their places. */
const ENTRY_PORT = 8000
const SIDE_PORTS = [8100, 8101, 8102, 8103]

/** What a lab answers is asked for with these; whether a route is there shows too. */
const PROBES = [
  ...['/process', '/data', '/accepted', '/aside', '/nowhere'].map(path => ['GET', path] as const),
  ...[['POST', '/process'] as const, ['HEAD', '/process'] as const],
]

/** So often each: more than there are replicas behind a route. */
const ASKS = 16

export interface UnderLoadResult {
  readonly edits: number
  readonly requests: number
  /** Replies other than 200 during each edit that had some, with what it was. */
  readonly failures: readonly string[]
  /** In what the lab in the end is another one than a lab that is started with the last file. */
  readonly differences: readonly string[]
}

/** Edits a lab at random, `edits` times by its file, under a closed-loop load, and compares what became of it with a fresh start. */
export async function editUnderLoad(
  t: Ending,
  edits: number,
  seed: string,
  progress: (text: string) => void = () => {},
): Promise<UnderLoadResult> {
  const state = editedLab(ENTRY_PORT, SIDE_PORTS[0]!)
  const random = new RandomEdits(seededRandom(seed), SIDE_PORTS)
  const lab = await startLab(t, textOf(state), { catalogs })
  const load = ClosedLoad.start(t, `${lab.url('edge')}/process`, CONNECTIONS)
  await load.gets(200)
  const failures: string[] = []
  for (let count = 1; count <= edits; count++) {
    const what = random.next(state)
    writeFileSync(lab.file, textOf(state))
    const failed = await load.failuresDuring(() => lab.lab.applyFile())
    if (Object.keys(failed).length > 0) failures.push(`${count}, ${what}: ${JSON.stringify(failed)}`)
    if (count % 20 === 0) progress(`${count} edits, ${failures.length} of them with failures`)
  }
  // Whom a request reaches is not chance then, and a few requests reach everybody.
  state.route.policy = 'round-robin'
  writeFileSync(lab.file, textOf(state))
  await lab.lab.applyFile()
  const requests = Object.values(await load.stop()).reduce((sum, count) => sum + count, 0)
  const fresh = await startLab(t, { file: lab.file }, { catalogs })
  const differences = await differencesOf(lab, fresh)
  await fresh.close()
  await lab.close()
  return { edits, requests, failures, differences }
}

/** In what two labs are not the same: what they say they are, who runs, and what they answer. */
async function differencesOf(lab: LabUnderTest, fresh: LabUnderTest): Promise<string[]> {
  const [is, was] = [await portraitOf(lab), await portraitOf(fresh)]
  return Object.keys(was).flatMap(part =>
    isDeepStrictEqual(is[part], was[part])
      ? []
      : [`${part}: ${JSON.stringify(is[part])}, not ${JSON.stringify(was[part])}`],
  )
}

async function portraitOf(lab: LabUnderTest): Promise<Record<string, unknown>> {
  const { differences, steps } = await lab.lab.compareFile()
  const { components } = await lab.lab.status()
  const portrait: Record<string, unknown> = { differences, steps }
  // Free ports are others in every lab.
  const topology = structuredClone(lab.lab.topology) as { components: Record<string, { listen: unknown }> }
  for (const component of Object.values(topology.components)) component.listen = component.listen !== null
  portrait.topology = topology
  for (const [name, { kind, replicas }] of Object.entries(components)) {
    const running = Object.entries(replicas).filter(([, { state }]) => state !== 'closed')
    portrait[name] = { kind, running: running.map(([replica, { state }]) => `${replica} ${state}`) }
  }
  for (const [method, path] of PROBES)
    portrait[`${method} ${path}`] = await repliesOf(`${lab.url('edge')}${path}`, method)
  portrait.side = await repliesOf(`${lab.url('side')}/process`, 'GET')
  return portrait
}

/** The different replies to a request. */
async function repliesOf(url: string, method: string): Promise<string[]> {
  const seen = new Set<string>()
  // Another query each time, so that no cache answers.
  for (let ask = 0; ask < ASKS; ask++) seen.add(shape(await httpCall(`${url}?ask=${ask}`, { method })))
  return [...seen].sort()
}

/** A reply without what differs from one to the next. */
const shape = ({ status, headers, text }: CallResult): string =>
  JSON.stringify({ status, fields: Object.keys(headers).sort(), text })
