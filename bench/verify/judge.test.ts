import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseExpectation } from '@archlab/runtime/topology'
import { judge } from './judge.ts'
import type { Estimate, Interval } from './result.ts'

const context = { busyRatio: 0.5, cause: () => 'the database', simulated: () => null }
const KNOWN = { requests: null, components: new Map(), actions: [] }

const estimate = (value: number | null, interval: Interval | null = null, samples = 1_000_000): Estimate => ({
  ...{ value, interval, samples },
  note: null,
})

const judged = (expression: string, ...perRun: Estimate[]) =>
  judge(parseExpectation(expression, KNOWN), perRun, context)

test('the value decides; an interval that holds the limit leaves it undecided', () => {
  const met = judged('p95 < 50ms', estimate(40, { low: 35, high: 45 }))
  assert.deepEqual([met.verdict, met.met, met.cause], ['met', true, null])
  const close = judged('p95 < 50ms', estimate(48, { low: 44, high: 53 }))
  assert.deepEqual([close.verdict, close.met], ['undecided', true])
  const open = judged('p95 < 50ms', estimate(48, { low: 44, high: null }))
  assert.equal(open.verdict, 'undecided')
  const missed = judged('goodput > 95%', estimate(0.9, { low: 0.88, high: 0.92 }))
  assert.deepEqual([missed.verdict, missed.met, missed.cause], ['not met', false, 'the database'])
  // Equality is about what was seen.
  assert.equal(judged('status 429 = 0%', estimate(0, { low: 0, high: 0.02 })).verdict, 'met')
})

test('what has no value does not hold', () => {
  assert.deepEqual(
    [judged('p95 > 0ms', estimate(null)).met, judged('p95 > 0ms', estimate(null)).verdict],
    [false, 'not met'],
  )
})

test('of several runs the run is the unit, and one without a value decides', () => {
  const three = judged('p95 < 50ms', estimate(40), estimate(44), estimate(48))
  assert.deepEqual([three.value, three.samples], [44, 3])
  // 44 ± 4.303 · 4 / √3
  assert.ok(Math.abs(three.interval!.high! - 53.94) < 0.01)
  assert.deepEqual([three.verdict, three.needed?.of], ['undecided', 'runs'])
  assert.equal(judged('p95 < 50ms', estimate(40), estimate(null)).met, false)
})

test('too short a run says about how many requests would do', () => {
  // A tenth from the limit, half busy: (1.96 / 0.1)² · 9.
  const short = judged('mean < 44ms', estimate(40, { low: 30, high: 50 }, 100))
  assert.deepEqual(short.needed, { amount: Math.ceil((1.959964 / 0.1) ** 2 * 9), of: 'requests' })
  assert.equal(judged('mean < 44ms', estimate(40, { low: 39, high: 41 }, 5000)).needed, null)
  // Half as wide an interval takes four times as many.
  const undecided = judged('errors < 2%', estimate(0.01, { low: 0, high: 0.03 }, 100))
  assert.deepEqual(undecided.needed, { amount: 400, of: 'requests' })
})
