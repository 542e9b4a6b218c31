import assert from 'node:assert/strict'
import { test } from 'node:test'
import { seededRandom } from '@archlab/runtime/kit'
import { type Measure, meanOfValues, overReplications, quantileOfValues, withinRun } from './estimates.ts'

const MEAN: Measure = { measure: 'mean', request: null, unit: 'ms', read: meanOfValues }

/** An autoregressive series of mean 10 (C. Chatfield, The Analysis of Time Series, §3.4): neighbours correlate by `alike`. */
function autoregressive(seed: number, length: number, alike: number): Float64Array {
  const random = seededRandom(`estimates ${seed}`)
  let last = 0
  return Float64Array.from({ length }, () => {
    last = alike * last + (random.next() - 0.5)
    return 10 + last
  })
}

test('of values that depend on their neighbours the interval still holds the mean about as often as it says', () => {
  for (const alike of [0, 0.9]) {
    let covered = 0
    for (let seed = 1; seed <= 100; seed++) {
      const { interval } = withinRun(MEAN, autoregressive(seed, 5000, alike))
      if (interval!.low <= 10 && 10 <= interval!.high) covered += 1
    }
    assert.ok(covered >= 88, `${covered} of 100 with a correlation of ${alike}`)
  }
})

test('an interval from values as if they were independent would be far too narrow', () => {
  const values = autoregressive(1, 5000, 0.95)
  const { interval, value } = withinRun(MEAN, values)
  const variance = meanOfValues(values.map(one => (one - value) ** 2))
  const naive = 1.96 * Math.sqrt(variance / values.length)
  assert.ok((interval!.high - interval!.low) / 2 > 3 * naive)
})

test('what is different at the beginning is left out, of the value too', () => {
  const values = autoregressive(3, 4000, 0)
  values.fill(100, 0, 200)
  const { cut, value } = withinRun(MEAN, values)
  assert.ok(cut >= 200 && cut <= 220, String(cut))
  assert.ok(Math.abs(value - 10) < 0.1, String(value))
})

test('a run that is too short or never settles has a value and no interval', () => {
  assert.equal(withinRun(MEAN, Float64Array.of(1, 2, 3)).interval, null)
  const rising = Float64Array.from({ length: 4000 }, (_, at) => at)
  assert.equal(withinRun(MEAN, rising).interval, null)
})

test('replications are independent: Student of their figures', () => {
  const one = (value: number) => ({
    measure: 'mean',
    request: null,
    unit: 'ms' as const,
    value,
    interval: null,
    confidence: 0.95,
    method: 'batch means' as const,
    samples: 32,
    cut: 5,
  })
  const { value, interval, samples, method } = overReplications([one(9), one(10), one(11)])
  assert.deepEqual([value, samples, method], [10, 3, 'replications'])
  // t of 2 degrees of freedom at 97.5 % is 4.3027, the standard deviation is 1.
  assert.ok(Math.abs(interval!.high - (10 + 4.3027 / Math.sqrt(3))) < 1e-3)
  assert.equal(overReplications([one(9)]).interval, null)
})

test('quantiles are values, by nearest rank', () => {
  const values = Float64Array.of(5, 1, 4, 2, 3)
  assert.deepEqual(
    [0, 0.2, 0.5, 0.95, 1].map(ratio => quantileOfValues(ratio)(values)),
    [1, 1, 3, 5, 5],
  )
  assert.deepEqual([...values], [5, 1, 4, 2, 3])
})
