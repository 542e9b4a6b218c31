import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { components } from '@archlab/components/catalog'
import type { EnvironmentEvent, Topology } from '@archlab/runtime/topology'
import { loadTopology } from '@archlab/runtime/topology'
import { tactics } from '@archlab/tactics/catalog'
import { NO_OPTIONS, planLoad } from '../load/command/index.ts'
import { withEdits } from './edits.ts'
import { simulate } from './simulate.ts'

const FILE = fileURLToPath(new URL('./cases/balanced.yaml', import.meta.url))

async function load(set: readonly string[]): Promise<Topology> {
  const { topology, problems } = await loadTopology(FILE, { catalogs: { components, tactics }, set, env: {} })
  if (!topology) throw new Error(problems.map(({ message }) => message).join('; '))
  return topology
}
/** Texts of patches, which in these tests are texts themselves. */
const patched = (edits: readonly Readonly<Record<string, unknown>>[]): Promise<Topology> =>
  load(edits.flatMap(edit => Object.entries(edit).map(([path, value]) => `${path}=${value}`)))
const editAt = (atMs: number, patches: Readonly<Record<string, unknown>>): EnvironmentEvent => ({
  atMs,
  operation: { action: 'edit', patches },
})
const kill: EnvironmentEvent = { atMs: 10, operation: { action: 'kill', target: 'back' } }
const ONE = { 'components.front.policy': 'round-robin' }
const BROKEN = { 'components.nobody.replicas': 2 }

test('edits are worked out one on top of the other, and what cannot be is left out with its reason', async () => {
  const events = [kill, editAt(20, ONE), editAt(30, BROKEN), editAt(40, { 'components.front.timeout': '7s' })]
  const { environment, edits, unknown } = await withEdits(events, patched)
  assert.deepEqual(environment, [events[0], events[1], events[3]])
  assert.deepEqual(
    edits.map(({ components: { front } }) => [front!.links[0]!.policy.name, front!.links[0]!.timeoutMs]),
    [
      ['round-robin', edits[0]!.components.front!.links[0]!.timeoutMs],
      ['round-robin', 7000],
    ],
  )
  assert.match(unknown.join(), /^edit at 0.03 s: .*nobody/)
})

test('where the topology comes from has to be known', async () => {
  const { environment, unknown } = await withEdits([kill, editAt(20, ONE)], undefined)
  assert.deepEqual([environment, unknown.length], [[kill], 1])
})

test('a simulated edit acts from its time on, in every thread the same, and is not among what is left out', async () => {
  const topology = await load([])
  const options = { ...NO_OPTIONS, seed: 1, duration: { option: '--duration', text: '1s' } }
  const { plan, problems } = planLoad(options, topology)
  assert.ok(plan, problems.map(({ message }) => message).join())
  const environment = [editAt(500, { 'components.front.tactics': '[{"fault": {"status-rate": "100%"}}]' })]
  const run = async (threads: number) => {
    const { notSimulated, replications } = await simulate({
      ...{ plan, topology, environment, patched, threads },
      replications: 2,
    })
    return { notSimulated, replications }
  }
  const { notSimulated, replications } = await run(1)
  assert.ok(!notSimulated.join().includes('edit'), notSimulated.join())
  const { totals } = replications[0]!
  const failed = (totals.statuses[503] ?? 0) / totals.intended
  assert.ok(Math.abs(failed - 0.5) < 0.1, `${failed}`)
  assert.deepEqual((await run(2)).replications, replications)
})
