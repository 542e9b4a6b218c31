import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { HISTOGRAM_SLOTS, recordMs, summarize } from '../meters/index.ts'
import type { ReplicaSnapshot, TacticSnapshot } from '../protocol.ts'
import type { ComponentSpec, ListenSpec, Topology } from '../topology/topology.ts'
import { labStatus, statusLog } from './status.ts'

type Part = Partial<Omit<ReplicaSnapshot, 'latency'>> & { latenciesMs?: readonly number[] }

function replica(name: string, part: Part = {}): ReplicaSnapshot {
  const { latenciesMs = [], ...rest } = part
  const histogram = new Float64Array(HISTOGRAM_SLOTS)
  for (const value of latenciesMs) recordMs(histogram, value)
  return {
    replica: name,
    component: name.split('/')[0]!,
    kind: 'thing',
    state: 'ready',
    restarts: 0,
    thread: name,
    statuses: {},
    received: 0,
    abandoned: 0,
    faults: 0,
    refused: {},
    connections: { open: 0, opened: 0, unread: 0 },
    latency: summarize(histogram),
    histogram,
    counters: {},
    gauges: {},
    tactics: [],
    links: [],
    utilisation: 0,
    heapBytes: null,
    ...rest,
  }
}

const component = (name: string, listen: ListenSpec | null = null): ComponentSpec =>
  ({ name, kind: 'thing', listen }) as unknown as ComponentSpec

const topology = (components: readonly ComponentSpec[]): Topology => ({
  name: 'lab',
  file: '/test/topology.yaml',
  seed: 1,
  threads: 'per-replica',
  components: Object.fromEntries(components.map(one => [one.name, one])),
  workloads: {},
  scenarios: {},
  experiments: {},
  secrets: [],
})

const statusOf = (components: readonly ComponentSpec[], snapshot: readonly ReplicaSnapshot[]) =>
  labStatus({
    topology: topology(components),
    state: 'ready',
    startedAt: new Date(),
    uptimeMs: 0,
    hostPids: [17],
    snapshot,
  })

const limit = (allowed: number, used: number): TacticSnapshot => ({
  address: 'components.a.tactics.limit',
  name: 'limit',
  counters: { allowed },
  gauges: { used },
})

test('replicas of a component are added up, and each is shown by itself', () => {
  const { a } = statusOf(
    [component('a', { host: '127.0.0.1', ports: [5000, 5003], shared: false })],
    [
      replica('a/0', {
        statuses: { 200: 3, 429: 1 },
        received: 5,
        abandoned: 1,
        faults: 1,
        restarts: 2,
        utilisation: 0.5,
        counters: { hit: 1 },
        gauges: { entries: 7 },
        tactics: [limit(3, 2)],
        latenciesMs: [1, 1, 1, 1],
      }),
      replica('a/1', {
        state: 'failed',
        statuses: { 200: 2, 503: 4 },
        received: 6,
        counters: { hit: 2, miss: 5 },
        gauges: { entries: 1 },
        tactics: [limit(2, 1), { address: 'components.a.tactics.limit#2', name: 'limit', counters: {}, gauges: {} }],
        latenciesMs: [9, 9, 9, 9, 9, 9],
      }),
    ],
  ).components
  assert.ok(a)
  assert.deepEqual(a.statuses, { 200: 5, 429: 1, 503: 4 })
  assert.deepEqual([a.received, a.abandoned, a.faults], [11, 1, 1])
  assert.deepEqual(a.counters, { hit: 3, miss: 5 })
  assert.deepEqual(a.gauges, { entries: 8 })
  assert.deepEqual(a.ports, [5000, 5003])
  assert.deepEqual(
    a.tactics.map(tactic => [tactic.address, tactic.counters, tactic.gauges]),
    [
      ['components.a.tactics.limit', { allowed: 5 }, { used: 3 }],
      ['components.a.tactics.limit#2', {}, {}],
    ],
  )
  assert.equal(a.latency.count, 10)
  assert.ok(Math.abs(a.latency.p50Ms! - 9) < 0.1, 'the median of all replies is that of the larger replica')
  assert.deepEqual(Object.keys(a.replicas), ['a/0', 'a/1'])
  assert.deepEqual(a.replicas['a/0']!.statuses, { 200: 3, 429: 1 })
  assert.equal(a.replicas['a/0']!.restarts, 2)
  assert.equal(a.replicas['a/0']!.utilisation, 0.5)
  assert.equal(a.replicas['a/1']!.state, 'failed')
})

const count = fc.integer({ min: 0, max: 1_000_000 })
const counts = fc.dictionary(fc.constantFrom('200', '404', '429', '503'), count)

test('the sum over components and statuses is the sum over replicas, to the unit', () => {
  const parts = fc.array(fc.record({ of: fc.constantFrom('a', 'b'), statuses: counts, received: count }), {
    maxLength: 8,
  })
  fc.assert(
    fc.property(parts, list => {
      const snapshot = list.map(({ of, ...part }, at) => replica(`${of}/${at}`, part))
      const status = statusOf([component('a'), component('b'), component('idle')], snapshot)
      for (const name of ['a', 'b', 'idle']) {
        const own = list.filter(part => part.of === name)
        for (const code of ['200', '404', '429', '503']) {
          const expected = own.reduce((sum, part) => sum + (part.statuses[code] ?? 0), 0)
          assert.equal(status.components[name]!.statuses[code] ?? 0, expected)
        }
        assert.equal(
          status.components[name]!.received,
          own.reduce((sum, part) => sum + part.received, 0),
        )
      }
      assert.equal(Object.values(status.components).flatMap(one => Object.keys(one.replicas)).length, list.length)
    }),
  )
})

test('a component without replicas, or one that has answered nothing, has zeros and no latency', () => {
  const status = statusOf([component('a'), component('b')], [replica('b/0')])
  for (const name of ['a', 'b']) {
    const one = status.components[name]!
    assert.deepEqual([one.statuses, one.received, one.ports, one.tactics], [{}, 0, [], []])
    assert.deepEqual([one.latency.count, one.latency.p95Ms], [0, null])
  }
})

test('the status is plain data without the raw histogram, and shares nothing with the snapshot', () => {
  const snapshot = [replica('a/0', { statuses: { 200: 1 }, counters: { hit: 1 }, tactics: [limit(1, 1)] })]
  const status = statusOf([component('a')], snapshot)
  assert.deepEqual(JSON.parse(JSON.stringify(status)), { ...status })
  assert.equal('histogram' in status.components.a!.replicas['a/0']!, false)
  status.components.a!.statuses[200] = 99
  status.components.a!.replicas['a/0']!.statuses[200] = 99
  Object.assign(status.components.a!.tactics[0]!.counters, { allowed: 99 })
  assert.equal(snapshot[0]!.statuses[200], 1)
  assert.equal(snapshot[0]!.tactics[0]!.counters.allowed, 1)
})

test('the status tells lab, file, state, processes and since when', () => {
  // The clock was set meanwhile: when it began says nothing about how long ago that is.
  const since = { startedAt: new Date(Date.now() - 3_600_000), uptimeMs: 5000 }
  const status = labStatus({ topology: topology([]), state: 'draining', ...since, hostPids: [17, 18], snapshot: [] })
  assert.equal(status.lab, 'lab')
  assert.equal(status.file, '/test/topology.yaml')
  assert.equal(status.state, 'draining')
  assert.equal(status.pid, process.pid)
  assert.deepEqual(status.hostPids, [17, 18])
  assert.equal(status.startedAt, since.startedAt.toISOString())
  assert.equal(status.uptimeMs, 5000)
})

test('the status log has replies by component and status code, and nothing else', () => {
  const status = statusOf(
    [component('edge'), component('idle')],
    [replica('edge/0', { statuses: { 200: 12 } }), replica('edge/1', { statuses: { 429: 3 } })],
  )
  assert.deepEqual(statusLog(status), { edge: { 200: 12, 429: 3 }, idle: {} })
})
