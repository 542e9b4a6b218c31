import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ComponentTimeline, LabResult, LoadResult } from '../../load/result.ts'
import { sampleResult } from '../test-sample-result.ts'
import { labTopologyOf } from './lab-topology.ts'
import { refusalsOf } from './refusals.ts'

/** A copy that may be changed. */
type Mutable<T> = { -readonly [K in keyof T]: Mutable<T[K]> }
type MutableLab = Mutable<LabResult>

async function sample(): Promise<{ result: Mutable<LoadResult>; lab: MutableLab }> {
  const result = structuredClone(await sampleResult()) as Mutable<LoadResult>
  return { result, lab: result.lab as MutableLab }
}

const read = ({ result, lab }: Awaited<ReturnType<typeof sample>>) =>
  refusalsOf(result as LoadResult, lab as LabResult, labTopologyOf(lab as LabResult))

test('in Lab 5 microservice-b refuses first, by its rate limit, and then the gateway', async () => {
  const one = await sample()
  const [first, second, ...others] = read(one)
  assert.equal(others.length, 0)
  assert.equal(first!.component, 'microservice-b')
  assert.equal(first!.mechanism, 'rate-limit')
  assert.equal(first!.address, 'components.microservice-b.tactics.rate-limit')
  assert.match(first!.settings, /^max: 50, per: 60s/)
  assert.equal(first!.count, one.lab.statusLog['microservice-b']!['429'])
  assert.equal(second!.component, 'gateway')
  assert.ok(first!.firstAtMs! < second!.firstAtMs!)
})

test('of two that begin in the same step the one further from the entry comes first', async () => {
  const one = await sample()
  for (const timeline of Object.values(one.result.timeline.components)) {
    const decisions = (timeline as Mutable<ComponentTimeline>).decisions!
    for (const counters of Object.values(decisions)) counters.rejected = [1, 1]
  }
  assert.deepEqual(
    read(one).map(refusal => refusal.component),
    ['microservice-b', 'gateway'],
  )
})

test('without a record of decisions the first 4xx or 5xx of the component tells when it began', async () => {
  const one = await sample()
  const timeline = one.result.timeline.components['microservice-b'] as Mutable<ComponentTimeline>
  const first = timeline.statuses['429']!.findIndex(value => value > 0)
  delete (timeline as { decisions?: unknown }).decisions
  assert.equal(read(one)[0]!.firstAtMs, first * 1000)
  one.result.timeline.components = {}
  assert.equal(read(one)[0]!.firstAtMs, null)
})

test('links that give up waiting, or find nobody, are named with their targets', async () => {
  const one = await sample()
  one.lab.components.services!.decisions['components.services.to'] = {
    calls: 90,
    failures: 9,
    timeouts: 7,
    unavailable: 2,
  }
  const links = read(one).filter(refusal => refusal.component === 'services')
  assert.deepEqual(
    links.map(({ mechanism, verb, short, count }) => [mechanism, verb, short, count]),
    [
      ['link to microservice-a, microservice-b', 'gave up waiting for', 'link timed out 7', 7],
      ['link to microservice-a, microservice-b', 'found no replica up for', 'link none up 2', 2],
    ],
  )
})

test('counters that tell of something else, of nothing, or of another one’s failure are no refusals', async () => {
  const one = await sample()
  one.lab.components.cache!.decisions = {
    'components.cache.tactics.rate-limit': { allowed: 100, rejected: 0 },
    'components.cache.tactics.fallback': { passed: 3, failed: 4 },
    'components.cache.tactics.retry': { exhausted: 5, constructor: 6 },
  }
  assert.ok(!read(one).some(refusal => refusal.component === 'cache'))
})

test('a tactic that only reports is told apart from one that refuses', async () => {
  const one = await sample()
  const topology = one.lab.topology as { components: Record<string, { tactics: { reportOnly: boolean }[] }> }
  topology.components['microservice-b']!.tactics[0]!.reportOnly = true
  const first = read(one)[0]!
  assert.equal(first.reportOnly, true)
  assert.match(first.short, /^rate-limit would have refused \d+$/)
})

test('a topology of another form is not read', async () => {
  const { lab } = await sample()
  for (const topology of [null, 'lab5', {}, { components: { a: {} } }, { components: { a: null } }]) {
    assert.equal(labTopologyOf({ ...(lab as LabResult), topology }), null)
  }
})
