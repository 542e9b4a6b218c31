import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { HISTOGRAM_SLOTS, recordMs, summarize } from '../../meters/index.ts'
import type { ReplicaSnapshot } from '../../protocol.ts'
import { metricsText } from './metrics.ts'

interface Sample {
  name: string
  labels: Record<string, string>
  value: number
}
interface Family {
  name: string
  type: string
  help: string
  samples: Sample[]
}

/** Reads the text format 0.0.4 strictly: any line that does not fit fails the test. */
function parse(text: string): Family[] {
  assert.ok(text.endsWith('\n'), 'the last line ends')
  const families: Family[] = []
  const lines = text.slice(0, -1).split('\n')
  for (let at = 0; at < lines.length; at++) {
    const help = /^# HELP ([a-zA-Z_:][a-zA-Z0-9_:]*) (\S.*)$/.exec(lines[at]!)
    if (help) {
      const type = /^# TYPE (\S+) (counter|gauge|histogram)$/.exec(lines[++at] ?? '')
      assert.equal(type?.[1], help[1], `HELP of ${help[1]} is followed by its TYPE`)
      families.push({ name: help[1]!, type: type![2]!, help: help[2]!, samples: [] })
    } else {
      const sample = parseSample(lines[at]!)
      const family = families.at(-1)
      const suffix = family?.type === 'histogram' ? '(_bucket|_sum|_count)' : ''
      assert.match(sample.name, new RegExp(`^${family?.name}${suffix}$`), `a sample outside its family: ${lines[at]}`)
      family!.samples.push(sample)
    }
  }
  return families
}

function parseSample(line: string): Sample {
  const parts = /^([a-zA-Z_:][a-zA-Z0-9_:]*)\{((?:[a-zA-Z_]\w*="(?:[^"\\\n]|\\[\\"n])*",?)*)\} (\S+)$/.exec(line)
  assert.ok(parts, `not a sample: ${line}`)
  const labels: Record<string, string> = {}
  for (const [, name, raw] of parts[2]!.matchAll(/([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/g)) {
    assert.equal(name! in labels, false, `label ${name} twice: ${line}`)
    labels[name!] = raw!.replace(/\\(.)/g, (_, escaped: string) => (escaped === 'n' ? '\n' : escaped))
  }
  const value = Number(parts[3])
  assert.ok(Number.isFinite(value), `not a number: ${line}`)
  return { name: parts[1]!, labels, value }
}

function replica(
  name: string,
  part: Partial<ReplicaSnapshot> & { latenciesMs?: readonly number[] } = {},
): ReplicaSnapshot {
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

const LAB = [
  replica('edge/0', {
    statuses: { 200: 12, 429: 3 },
    received: 16,
    abandoned: 1,
    faults: 2,
    refused: { 'url-limit': 2, host: 1 },
    connections: { open: 3, opened: 9, unread: 1 },
    restarts: 4,
    utilisation: 0.25,
    heapBytes: 7_000_000,
    latenciesMs: [0.05, 0.3, 7, 7, 800, 60_000],
    tactics: [
      { address: 'components.edge.tactics.limit', name: 'limit', counters: { allowed: 12 }, gauges: { used: 5 } },
      { address: 'components.edge.tactics.limit#2', name: 'limit', counters: { allowed: 1 }, gauges: {} },
    ],
  }),
  replica('store/0', { state: 'failed', counters: { hit: 9 }, gauges: { entries: 2 } }),
  replica('store/1', { statuses: { 200: 1 }, counters: { hit: 1 }, gauges: { entries: 3 } }),
]

const find = (families: readonly Family[], name: string): Family => {
  const family = families.find(one => one.name === name)
  assert.ok(family, `no family ${name}`)
  return family
}
const value = (family: Family, labels: Record<string, string>): number | undefined =>
  family.samples.find(sample => Object.entries(labels).every(([name, text]) => sample.labels[name] === text))?.value

test('the page is valid Prometheus text: one HELP and one TYPE a family, its samples right below, no series twice', () => {
  const families = parse(metricsText(LAB))
  const names = families.map(family => family.name)
  assert.deepEqual(names, [...new Set(names)])
  for (const family of families) {
    const series = family.samples.map(sample => JSON.stringify([sample.name, Object.entries(sample.labels).sort()]))
    assert.deepEqual(series, [...new Set(series)], family.name)
  }
})

test('names end in their unit or _total, counters always in _total', () => {
  for (const family of parse(metricsText(LAB))) {
    assert.match(family.name, /^archlab_[a-z_]+$/)
    assert.equal(family.name.endsWith('_total'), family.type === 'counter', family.name)
  }
})

test('counts and states are those of the snapshot', () => {
  const families = parse(metricsText(LAB))
  const edge = { component: 'edge', replica: 'edge/0' }
  assert.equal(value(find(families, 'archlab_replies_total'), { ...edge, status: '429' }), 3)
  assert.equal(value(find(families, 'archlab_replies_total'), { replica: 'store/1', status: '200' }), 1)
  assert.equal(value(find(families, 'archlab_requests_received_total'), edge), 16)
  assert.equal(value(find(families, 'archlab_refused_total'), { ...edge, reason: 'url-limit' }), 2)
  assert.equal(value(find(families, 'archlab_connections_open'), edge), 3)
  assert.equal(value(find(families, 'archlab_connections_total'), edge), 9)
  assert.equal(value(find(families, 'archlab_connections_unread_total'), edge), 1)
  assert.equal(value(find(families, 'archlab_requests_abandoned_total'), edge), 1)
  assert.equal(value(find(families, 'archlab_faults_total'), edge), 2)
  assert.equal(value(find(families, 'archlab_restarts_total'), edge), 4)
  assert.equal(value(find(families, 'archlab_event_loop_utilisation_ratio'), edge), 0.25)
  assert.equal(value(find(families, 'archlab_heap_bytes'), edge), 7_000_000)
  assert.equal(value(find(families, 'archlab_replica_ready'), edge), 1)
  assert.equal(value(find(families, 'archlab_replica_ready'), { replica: 'store/0' }), 0)
})

test('decisions and states of components and tactics are told apart by module and place', () => {
  const families = parse(metricsText(LAB))
  const decisions = find(families, 'archlab_decisions_total')
  assert.equal(value(decisions, { module: 'limit', place: 'components.edge.tactics.limit', decision: 'allowed' }), 12)
  assert.equal(value(decisions, { module: 'limit', place: 'components.edge.tactics.limit#2', decision: 'allowed' }), 1)
  assert.equal(value(decisions, { replica: 'store/0', module: 'thing', place: 'store', decision: 'hit' }), 9)
  const states = find(families, 'archlab_state')
  assert.equal(value(states, { replica: 'store/1', quantity: 'entries' }), 3)
  assert.equal(value(states, { replica: 'edge/0', quantity: 'used' }), 5)
})

test('the buckets of a histogram grow with their bounds, and the one of +Inf equals the count', () => {
  const latency = fc.array(fc.double({ min: 0, max: 3_000_000, noNaN: true }), { maxLength: 50 })
  fc.assert(
    fc.property(fc.array(latency, { minLength: 1, maxLength: 3 }), replicas => {
      const snapshot = replicas.map((latenciesMs, at) => replica(`a/${at}`, { latenciesMs }))
      const { samples } = find(parse(metricsText(snapshot)), 'archlab_latency_seconds')
      replicas.forEach((latenciesMs, at) => {
        const own = samples.filter(sample => sample.labels.replica === `a/${at}`)
        const buckets = own.filter(sample => sample.name.endsWith('_bucket'))
        const bounds = buckets.map(bucket => Number(bucket.labels.le!.replace('+Inf', 'Infinity')))
        assert.deepEqual(
          bounds,
          [...new Set(bounds)].sort((a, b) => a - b),
        )
        assert.equal(bounds.at(-1), Number.POSITIVE_INFINITY)
        buckets.forEach((bucket, index) => {
          assert.ok(bucket.value >= (buckets[index - 1]?.value ?? 0))
        })
        const [count] = own.filter(sample => sample.name.endsWith('_count'))
        assert.equal(count!.value, latenciesMs.length)
        assert.equal(buckets.at(-1)!.value, latenciesMs.length)
        const [sum] = own.filter(sample => sample.name.endsWith('_sum'))
        const expected = latenciesMs.reduce((total, ms) => total + ms, 0) / 1000
        assert.ok(Math.abs(sum!.value - expected) <= 1e-9 * expected + 1e-12)
      })
    }),
    { numRuns: 50 },
  )
})

test('a bucket holds the values at most its bound, to within the resolution of the histogram', () => {
  const { samples } = find(parse(metricsText(LAB)), 'archlab_latency_seconds')
  const upTo = (le: string): number | undefined =>
    samples.find(sample => sample.labels.replica === 'edge/0' && sample.labels.le === le)?.value
  assert.deepEqual(['0.0001', '0.001', '0.005', '0.01', '1', '10', '+Inf'].map(upTo), [1, 2, 2, 4, 5, 5, 6])
})

test('any label text comes back as it was: quotes, backslashes and line breaks are escaped', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.stringMatching(/^["\\\n n{},=]{1,12}$/)), text => {
      const snapshot = [replica('a/0', { component: text, statuses: { 200: 1 } })]
      assert.equal(find(parse(metricsText(snapshot)), 'archlab_replies_total').samples[0]!.labels.component, text)
    }),
  )
})

test('a lab without replicas has a page with families and no samples', () => {
  const families = parse(metricsText([]))
  assert.ok(families.length > 5)
  for (const family of families) assert.deepEqual(family.samples, [])
})

test('a component that is scaled shows how many replicas it is to have, and others nothing of the kind', () => {
  const decision = { from: 2, to: 3, utilisation: 0.9, targetUtilisation: 0.7, unknown: 0, desired: 3 }
  const scaled = new Map([['store', { ...decision, reason: 'above-target', min: 1, max: 8 } as const]])
  const families = parse(metricsText(LAB, scaled))
  const numbers = ['desired', 'min', 'max'].map(name =>
    value(find(families, `archlab_replicas_${name}`), { component: 'store' }),
  )
  assert.deepEqual(numbers, [3, 1, 8])
  assert.doesNotMatch(metricsText(LAB), /archlab_replicas_/)
})
