import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Answered, Outcome } from '../support/open-loop.ts'
import { type Measured, type Sample, summariseRoute } from './measure.ts'
import { formatIsolation, judgeIsolation, problemsOf, summariseIsolation } from './report.ts'
import { variants } from './variants.ts'

const answered = (latencyMs: number, outcome: Outcome): Answered => ({
  path: '/healthy',
  atMs: 0,
  lagMs: 0,
  latencyMs,
  outcome,
})

function sample(p99Ms: number, outcomes: Record<string, number> = { 200: 10 }, lagP99Ms = 1): Sample {
  const route = { requests: 10, outcomes, p50Ms: p99Ms / 2, p99Ms }
  return { healthy: route, hanging: route, lagP99Ms }
}

/** What the variants found, in their order: p99 of two rounds each. */
const measured = (...p99s: readonly (readonly [number, number])[]): Measured[] =>
  variants.map((variant, index) => ({ variant, samples: p99s[index]!.map(p99Ms => sample(p99Ms)) }))

const GOOD = measured([10, 40], [10, 40], [2000, 2000], [15, 60])

test('a request without a good answer counts with the whole patience, however soon it was refused', () => {
  const all = [answered(1, 200), answered(1, 503), answered(1, 'connection failed'), answered(2, 200)]
  const { requests, outcomes, p50Ms, p99Ms } = summariseRoute(all, 2000)
  assert.deepEqual({ requests, p50Ms, p99Ms }, { requests: 4, p50Ms: 2, p99Ms: 2000 })
  assert.deepEqual(outcomes, { 200: 2, 503: 1, 'connection failed': 1 })
})

test('the ratio to the normal p99 is formed round by round', () => {
  const rows = summariseIsolation(GOOD)
  assert.deepEqual(
    rows.map(row => row.ratio.median),
    [1, 1, 125, 1.5],
  )
  assert.deepEqual(rows[0]!.healthy, { 200: 20 })
  assert.match(
    formatIsolation(rows, judgeIsolation(rows)),
    /hanging, with tactics +18\.8 +37\.5 +1\.50 \(1\.50\.\.1\.50\)/,
  )
})

test('the aims are met only when tactics keep the ratio down and nothing else does', () => {
  const verdicts = (all: readonly Measured[]): boolean[] => judgeIsolation(summariseIsolation(all)).map(aim => aim.met)
  assert.deepEqual(verdicts(GOOD), [true, true, true])
  assert.deepEqual(verdicts(measured([10, 10], [25, 25], [15, 15], [25, 25])), [false, false, false])
})

test('a measurement is invalid when the normal case fails or requests were sent late', () => {
  assert.deepEqual(problemsOf(summariseIsolation(GOOD)), [])
  const [normal, ...others] = GOOD
  const failing: Measured[] = [{ ...normal!, samples: [sample(10, { 200: 9, 503: 1 })] }, ...others]
  assert.deepEqual(problemsOf(summariseIsolation(failing)), ['normal: 1 requests: 503'])
  const late: Measured[] = [{ ...normal!, samples: [sample(10, { 200: 10 }, 6)] }, ...others]
  assert.match(problemsOf(summariseIsolation(late)).join(), /^normal: requests were sent 6\.0 ms late/)
})
