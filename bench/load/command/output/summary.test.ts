import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Ended } from '../../record/recorder.ts'
import type { LabResult, LoadResult, Validity } from '../../result.ts'
import { plan, report, workload } from '../test-figures.ts'
import { loadResult } from './load-result.ts'
import { summaryText } from './summary.ts'

const spec = workload({ warmupMs: 1000, durationMs: 3000 })
const VALID: Validity = { verdict: 'valid', bottleneck: 'none', checks: [] }
const ARRIVALS: readonly Partial<Ended>[] = [
  { intendedMs: 0, endedMs: 400, status: 500 },
  { intendedMs: 1500, endedMs: 1504 },
  { intendedMs: 1600, endedMs: 1604, status: 429 },
  { intendedMs: 1700, endedMs: 2700, outcome: 'timeout', status: 0 },
  { intendedMs: 1800, endedMs: 2050, request: 1, status: 202 },
]
const LAB: LabResult = {
  name: 'lab',
  topology: {},
  components: {
    edge: {
      kind: 'load-balancer',
      statuses: { 200: 1, 202: 1, 429: 1, 500: 1 },
      latency: { p50: 1, p95: 2, p99: null },
      utilisation: 0.125,
      decisions: { 'components.edge.tactics.rate-limit': { allowed: 3, rejected: 1 } },
    },
    idle: { kind: 'cache', statuses: {}, latency: { p50: null, p95: null, p99: null }, utilisation: 0, decisions: {} },
  },
  statusLog: {},
  reconciled: { clients: 4, entry: 4, equal: true },
}

function summary(
  change: Partial<Parameters<typeof loadResult>[0]> = {},
  thresholds: readonly string[] = [],
): { text: string; result: LoadResult } {
  const figures = report(spec, ARRIVALS)
  const planned = plan(spec, thresholds)
  const result = loadResult({
    plan: planned,
    report: figures,
    environment: { commit: null, node: '', cpu: '', cores: 1, platform: '', topologyHash: null },
    complete: true,
    stoppedAtMs: null,
    validity: VALID,
    lab: null,
    timelines: {},
    ...change,
  })
  const text = summaryText({
    title: 'a title',
    result,
    report: figures,
    thresholds: planned.thresholds,
    entry: 'edge',
    colour: false,
  })
  return { text, result }
}

test('the totals hold every arrival, rates and times those after the warm-up', () => {
  const { text, result } = summary()
  assert.deepEqual(result.totals.outcomes, { replied: 4, timeout: 1 })
  assert.deepEqual(result.totals.statuses, { 200: 1, 202: 1, 429: 1, 500: 1 })
  // Three replies to four arrivals in the two seconds after the warm-up.
  assert.deepEqual([result.elapsedMs, result.totals.latency.count], [3000, 3])
  assert.deepEqual([result.totals.achievedPerSecond, result.totals.intendedPerSecond], [1.5, 2])
  assert.match(text, /5 requests, 4 replies \(200 1 {3}202 1 {3}429 1 {3}500 1\); without a complete reply: timeout 1/)
})

test('where a number of requests ends the run it takes until the last reply', () => {
  const counted = { ...spec, requests: spec.requests.map(one => ({ ...one, count: 5 })) }
  assert.equal(summary({ plan: plan(counted) }).result.elapsedMs, 2700)
})

test('there is a row for each request with its statuses and failures, and one for the warm-up', () => {
  const rows = summary()
    .text.split('\n')
    .filter(line => /^(request|GET|POST|warm-up|login) /.test(line))
    .map(line => line.split(/ {2,}/))
  assert.deepEqual(rows[0], [
    'request',
    'requests',
    '200',
    '202',
    '429',
    '500',
    'timeout',
    'mean',
    'p50',
    'p95',
    'p99',
    'p99.9',
    'max',
  ])
  assert.deepEqual(
    rows.slice(1).map(([name, requests]) => [name, requests]),
    [
      ['GET /data', '3'],
      ['POST /longtask', '1'],
      ['warm-up', '1'],
    ],
  )
})

test('of a lab there are its components, who refused, and whether both sides counted the same', () => {
  const { text } = summary({ lab: LAB })
  assert.match(text, /^edge +1 +1 +1 +1 +1\.00 ms +2\.00 ms +– +12\.5 %$/m)
  assert.doesNotMatch(text, /^idle/m)
  assert.match(text, /^edge: rate-limit refused 1$/m)
  assert.match(text, /clients got 4 replies, edge counted 4: equal/)
  const lossy = { ...LAB, reconciled: { clients: 4, entry: 6, equal: false } }
  assert.match(summary({ lab: lossy }).text, /clients got 4 replies, edge counted 6: NOT equal/)
})

test('thresholds stand there with what was measured, in their own unit', () => {
  const { text } = summary({}, ['p95 of POST /longtask < 1s', 'errors < 1%', 'status 429 = 0'])
  assert.match(text, /^met {6}p95 of POST \/longtask < 1s {2}\(250 ms\)$/m)
  assert.match(text, /^NOT MET {2}errors < 1% {2}\(50\.0 %\)$/m)
  assert.match(text, /^NOT MET {2}status 429 = 0 {2}\(1\)$/m)
})

test('an invalid measurement says why, one that was cut short says so', () => {
  const check = { name: 'schedule', verdict: 'failed', explanation: 'It was late.', figures: {} } as const
  const validity: Validity = { verdict: 'invalid', bottleneck: 'generator', checks: [check] }
  assert.match(
    summary({ validity }).text,
    /INVALID measurement; the bottleneck was the generator\n {2}schedule: It was late\.$/,
  )
  const { text, result } = summary({ complete: false, stoppedAtMs: 2000 })
  assert.equal(result.elapsedMs, 2000)
  assert.match(text, /CUT SHORT[\s\S]*valid measurement, but cut short$/)
})
