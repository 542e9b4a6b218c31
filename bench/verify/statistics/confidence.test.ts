import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Random, seededRandom } from '@archlab/runtime/kit'
import type { Interval } from '../result.ts'
import { binomialQuantile } from './binomial.ts'
import { effectiveSize, meanInterval, nearestRank, quantileInterval, requestsFor, shareInterval } from './confidence.ts'

const exponential = (random: Random, mean: number): number => -Math.log(1 - random.next()) * mean

/** Times in system of M/M/1 with mean service 1, one after the other (D. V. Lindley), from a settled start. */
function mm1(random: Random, utilisation: number, count: number): number[] {
  let waiting = 0
  const next = (): number => {
    const service = exponential(random, 1)
    const time = waiting + service
    waiting = Math.max(0, time - exponential(random, 1 / utilisation))
    return time
  }
  for (let at = 0; at < 500; at++) next()
  return Array.from({ length: count }, next)
}

const holds = (interval: Interval | null, truth: number): boolean =>
  interval !== null &&
  (interval.low ?? Number.NEGATIVE_INFINITY) <= truth &&
  truth <= (interval.high ?? Number.POSITIVE_INFINITY)

const byValue = (values: readonly number[]): number[] => values.toSorted((left, right) => left - right)

const RUNS = 200

/** Of `RUNS` runs the share whose interval holds the truth. */
function coverage(covers: (random: Random) => boolean): number {
  const random = seededRandom('coverage')
  return Array.from({ length: RUNS }, () => covers(random)).filter(Boolean).length / RUNS
}

test('intervals of independent values hold the truth in about 95 of 100 runs', () => {
  const values = (random: Random): number[] => Array.from({ length: 400 }, () => exponential(random, 10))
  const p95 = -Math.log(0.05) * 10
  const found = [
    coverage(random => holds(meanInterval(values(random)), 10)),
    coverage(random => {
      const of = values(random)
      return holds(quantileInterval(of, byValue(of), 0.95), p95)
    }),
    coverage(random => holds(shareInterval(values(random).map(value => value > p95)), 0.05)),
  ]
  // 4.5 standard deviations of 200 tries on either side; more than 95 is caution.
  for (const share of found) assert.ok(share > 0.88, `${found}`)
})

test('intervals of a queue, whose values resemble their neighbours, do so too', () => {
  const [utilisation, count] = [0.6, 3000]
  // Times in system of M/M/1 are exponential.
  const mean = 1 / (1 - utilisation)
  const p95 = -Math.log(0.05) * mean
  const found = [
    coverage(random => holds(meanInterval(mm1(random, utilisation, count)), mean)),
    coverage(random => {
      const of = mm1(random, utilisation, count)
      return holds(quantileInterval(of, byValue(of), 0.95), p95)
    }),
    coverage(random => holds(shareInterval(mm1(random, utilisation, count).map(value => value > p95)), 0.05)),
  ]
  for (const share of found) assert.ok(share > 0.86, `${found}`)
})

test('what follows one another in blocks counts as one', () => {
  const isIn = Array.from({ length: 1000 }, (_, at) => Math.floor(at / 100) % 2 === 0)
  assert.ok(effectiveSize(isIn) < 30)
  assert.equal(effectiveSize(new Array(50).fill(false)), 50)
})

test('few values leave an end of a quantile open, and none of a share that was never seen', () => {
  const values = Array.from({ length: 30 }, (_, at) => at)
  assert.equal(quantileInterval(values, values, 0.99)!.high, null)
  assert.equal(nearestRank(values, 0.5), 14)
  const never = shareInterval(new Array(100).fill(false))!
  assert.equal(never.low, 0)
  assert.ok(never.high! > 0.02 && never.high! < 0.05)
  assert.equal(shareInterval([]), null)
  assert.equal(meanInterval([5]), null)
})

test('a quantile of the binomial distribution is the first number whose chances add up', () => {
  for (const [trials, success] of [
    [1, 0.3],
    [20, 0.05],
    [50, 0.95],
    [100, 0.5],
    [600, 0.01],
  ] as const) {
    for (const probability of [0.001, 0.025, 0.5, 0.975, 0.999]) {
      const found = binomialQuantile(trials, success, probability)
      assert.ok(cumulative(trials, success, found) >= probability - 1e-9, `${trials} ${success} ${probability}`)
      assert.ok(found === 0 || cumulative(trials, success, found - 1) < probability + 1e-9)
    }
  }
  // As the normal distribution has it: 5,000 ± 1.96 · 50.
  assert.ok(Math.abs(binomialQuantile(10_000, 0.5, 0.975) - 5098) <= 1)
})

/** Chance of so many successes or fewer, by logarithms of factorials. */
function cumulative(trials: number, success: number, successes: number): number {
  const log = (value: number): number =>
    Array.from({ length: value }, (_, at) => Math.log(at + 1)).reduce((a, b) => a + b, 0)
  let sum = 0
  for (let count = 0; count <= successes; count++) {
    const ways = log(trials) - log(count) - log(trials - count)
    sum += Math.exp(ways + count * Math.log(success) + (trials - count) * Math.log(1 - success))
  }
  return sum
}

test('a busier server needs more requests for the same precision', () => {
  assert.equal(requestsFor(0.05, 0), Math.ceil((1.959964 / 0.05) ** 2))
  assert.equal(requestsFor(0.05, 0.5), Math.ceil((1.959964 / 0.05) ** 2 * 9))
})
