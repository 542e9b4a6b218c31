import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type KnownNames, parseExpectation } from '@archlab/runtime/topology'
import type { ComponentTimeline } from '../../load/result.ts'
import { killed, type RunParts, runOf } from '../test-runs.ts'
import { RunMeasures } from './run-measures.ts'

const ADDRESS = 'components.api.tactics.memo'
const meters = (names: readonly string[], address: string | null) => names.map(name => ({ address, name }))

const KNOWN: KnownNames = {
  requests: ['GET /data', 'POST /longtask'],
  components: new Map([
    [
      'api',
      new Map([
        ['cached', { part: meters(['hit'], ADDRESS), less: [], whole: meters(['hit', 'miss'], ADDRESS), factor: 1 }],
        ['lost', { part: meters(['taken'], null), less: meters(['done', 'queued'], null), whole: [], factor: 1 }],
        ['utilisation', { part: meters(['busy_ms'], null), less: [], whole: meters(['seen_ms'], null), factor: 0.5 }],
      ]),
    ],
  ]),
  actions: ['kill'],
}

const estimateOf = (parts: RunParts, expression: string) => {
  const { run, samples } = runOf(parts)
  return new RunMeasures(run, samples).estimate(parseExpectation(expression, KNOWN))
}

/** 100 GETs in the first second after the warm-up (1 to 100 ms), then 50 POSTs of 200 ms, every fifth refused. */
const ARRIVALS: RunParts['arrivals'] = [
  ...Array.from({ length: 10 }, (_, at) => ({ intendedMs: at * 50, status: 500 })),
  ...Array.from({ length: 100 }, (_, at) => ({ intendedMs: 1000 + at * 10, endedMs: 1001 + at * 11 })),
  ...Array.from({ length: 50 }, (_, at) => ({
    request: 1,
    intendedMs: 5000 + at * 20,
    sentMs: 5100 + at * 20,
    endedMs: 5200 + at * 20,
    status: at % 5 === 0 ? 429 : 202,
  })),
]
const RUN: RunParts = { arrivals: ARRIVALS, warmupMs: 1000 }

test('times, shares, numbers and rates are those of the phase and the request, without the warm-up', () => {
  const values = [
    'p50 of GET /data < 1s',
    'max of GET /data < 1s',
    'service p50 of POST /longtask < 1s',
    'lag max < 1s',
    'errors < 50%',
    'errors of POST /longtask < 50%',
    'status 429 = 10',
    'requests >= 0',
    'requests >= 0 after 5s',
    'requests of GET /data >= 0 between 1s and 1500ms',
    'throughput > 0/s',
    'goodput > 0/s after 5s',
    'goodput > 0% before 5s',
  ].map(text => estimateOf(RUN, text).value)
  const expected = [50, 100, 100, 100, 10 / 150, 0.2, 10, 150, 50, 50, 150 / 9, 40 / 5, 1]
  for (const [at, value] of values.entries()) assert.ok(Math.abs(value! - expected[at]!) < 1e-6, `${at}: ${value}`)
})

test('a phase without time, and one without replies, have no value and say why', () => {
  assert.deepEqual(
    [estimateOf(RUN, 'errors < 1% before 1s').value, estimateOf(RUN, 'errors < 1% before 1s').note],
    [null, 'this phase has no time after the warm-up'],
  )
  assert.equal(estimateOf(RUN, 'p95 < 1s after 8s').note, 'no reply to judge')
})

/** Every 10 ms a request; after a kill at 4 s they fail for 1.5 s. */
const OUTAGE: RunParts = {
  arrivals: Array.from({ length: 1000 }, (_, at) => ({
    intendedMs: at * 10,
    ...(at >= 400 && at < 550 ? { outcome: 'connection reset' as const, status: 0 } : {}),
  })),
  events: [killed(4000)],
}

test('recovery lasts as long as the outage, and so does the phase during the event', () => {
  assert.equal(estimateOf(OUTAGE, 'recovery < 2s').value, 1500)
  assert.equal(estimateOf(OUTAGE, 'errors < 1% during kill').value, 1)
  assert.equal(estimateOf(OUTAGE, 'errors < 1%').value, 0.15)
  assert.equal(estimateOf({ ...OUTAGE, events: [] }, 'recovery < 2s').value, null)
})

const API: ComponentTimeline = {
  statuses: {},
  utilisation: [0.5, 0.7, null, 1.3],
  queueLength: [],
  received: [10, 10, 20, 40],
  decisions: { [ADDRESS]: { hit: [1, 9, 9, 9], miss: [9, 1, 1, 1] } },
  counters: {
    taken: [5, 5, 5, 5],
    done: [0, 4, 5, 6],
    busy_ms: [500, 1000, 1000, 0],
    seen_ms: [1000, 1000, 1000, 4000],
  },
  gauges: { queued: [5, 6, 4, 5] },
}
const LAB: RunParts = {
  arrivals: Array.from({ length: 80 }, (_, at) => ({ intendedMs: at * 50 })),
  durationMs: 4000,
  components: { api: API },
}

test('figures of a component are made of what it counted in the steps of the phase', () => {
  const values = [
    'cached of api > 0%',
    'cached of api > 0% after 1s',
    'lost of api = 0',
    'executions of api per request < 2',
    'executions of api per request < 2 between 1s and 2s',
  ].map(text => estimateOf(LAB, text).value)
  assert.deepEqual(values, [28 / 40, 27 / 30, 0, 1, 0.5])
  // The last step takes in the time in which the lab closed.
  assert.equal(estimateOf(LAB, 'utilisation of api < 1%').value, (0.5 * 2500) / 3000)
})
