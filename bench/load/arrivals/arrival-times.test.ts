import assert from 'node:assert/strict'
import { test } from 'node:test'
import { seededRandom } from '@archlab/runtime/kit'
import fc from 'fast-check'
import { arrivalTimes, type OpenLoopSpec, rateProfile } from './arrival-times.ts'
import { CumulativeRate } from './rate-profile.ts'

function all(spec: OpenLoopSpec, durationMs: number, seed = 1): number[] {
  const times = arrivalTimes(spec, { seed, durationMs })
  const found: number[] = []
  for (let atMs = times.next(); atMs < Number.POSITIVE_INFINITY; atMs = times.next()) found.push(atMs)
  assert.equal(times.next(), Number.POSITIVE_INFINITY)
  return found
}

/** Largest distance between the empirical distribution of `sample` and the uniform one (Kolmogorov and Smirnov). */
function distanceFromUniform(sample: readonly number[]): number {
  const sorted = sample.toSorted((a, b) => a - b)
  const n = sorted.length
  return Math.max(...sorted.map((value, at) => Math.max((at + 1) / n - value, value - at / n)))
}
/** Of 100 samples of a true hypothesis, one lies beyond. */
const critical = (n: number): number => 1.63 / Math.sqrt(n)

test('a constant rate arrives evenly from the start on, exactly as often as declared', () => {
  assert.deepEqual(all({ type: 'constant', perSecond: 4 }, 1000), [0, 250, 500, 750])
  for (const perSecond of [0.3, 1, 7, 1000])
    assert.equal(all({ type: 'constant', perSecond }, 60_000).length, Math.ceil(60 * perSecond))
})

test('a Poisson process has exponential gaps and the declared rate', () => {
  const times = all({ type: 'poisson', perSecond: 1000 }, 100_000)
  assert.ok(Math.abs(times.length - 100_000) < 3 * Math.sqrt(100_000), `${times.length}`)
  const uniform = times.map((atMs, at) => 1 - Math.exp(-(atMs - (times[at - 1] ?? 0))))
  assert.ok(distanceFromUniform(uniform) < critical(uniform.length))
})

const CHANGING: Record<string, OpenLoopSpec> = {
  ramp: { type: 'ramp', process: 'poisson', from: 0, to: 2000 },
  'a falling ramp': { type: 'ramp', process: 'poisson', from: 2000, to: 0 },
  stages: {
    type: 'stages',
    process: 'poisson',
    stages: [
      { from: 100, to: 100, durationMs: 10_000 },
      { from: 100, to: 1000, durationMs: 10_000 },
      { from: 0, to: 0, durationMs: 10_000 },
      { from: 500, to: 100, durationMs: 30_000 },
    ],
  },
  bursts: {
    type: 'bursts',
    process: 'poisson',
    onPerSecond: 2000,
    offPerSecond: 50,
    on: { type: 'exponential', meanMs: 500 },
    off: { type: 'constant', valueMs: 2000 },
  },
}

for (const [name, spec] of Object.entries(CHANGING)) {
  test(`${name}: arrivals are those of a Poisson process whose rate changes as declared`, () => {
    const durationMs = 60_000
    const times = all(spec, durationMs)
    const rate = new CumulativeRate(rateProfile(spec, { seed: 1, durationMs }))
    const expected = times.map(atMs => rate.expectedAt(atMs))
    const uniform = expected.map((value, at) => 1 - Math.exp(-(value - (expected[at - 1] ?? 0))))
    assert.ok(times.length > 5000)
    assert.ok(distanceFromUniform(uniform) < critical(uniform.length), `${distanceFromUniform(uniform)}`)
    assert.deepEqual(times, all(spec, durationMs), 'the same for the same seed')
    assert.notDeepEqual(times.slice(0, 10), all(spec, durationMs, 2).slice(0, 10))
  })
}

test('a ramp without chance places arrival k where the integral of the rate is k', () => {
  // 0 to 100/s in 10 s: the integral at t seconds is 5t².
  const times = all({ type: 'ramp', process: 'constant', from: 0, to: 100 }, 10_000)
  assert.equal(times.length, 500)
  for (const [k, atMs] of times.entries()) assert.ok(Math.abs(atMs / 1000 - Math.sqrt(k / 5)) < 1e-9)
})

test('the integral of a rate and its inverse undo each other, for any stages', () => {
  const stage = fc.record({
    from: fc.double({ min: 0, max: 1000, noNaN: true }),
    to: fc.double({ min: 0, max: 1000, noNaN: true }),
    durationMs: fc.double({ min: 1, max: 10_000, noNaN: true }),
  })
  fc.assert(
    fc.property(fc.array(stage, { minLength: 1, maxLength: 6 }), fc.integer({ min: 1, max: 50 }), (stages, points) => {
      const durationMs = stages.reduce((sum, one) => sum + one.durationMs, 0)
      const spec: OpenLoopSpec = { type: 'stages', process: 'constant', stages }
      const [rate, inverse] = [0, 1].map(() => new CumulativeRate(rateProfile(spec, { seed: 1, durationMs })))
      let lastMs = 0
      const total = stages.reduce((sum, one) => sum + ((one.from + one.to) / 2000) * one.durationMs, 0)
      for (let point = 0; point < points; point++) {
        const wanted = (total * point) / points
        const atMs = inverse!.timeOf(wanted)
        assert.ok(atMs >= lastMs - 1e-6 && atMs <= durationMs + 1e-6)
        assert.ok(Math.abs(rate!.expectedAt(atMs) - wanted) < 1e-6 * Math.max(1, total), `${wanted}`)
        lastMs = atMs
      }
      assert.equal(inverse!.timeOf(total * 1.01 + 1), Number.POSITIVE_INFINITY)
    }),
  )
})

test('traces of times are played as they are, traces of rates as rates', () => {
  const times = arrivalTimes(
    { type: 'trace', file: 'x.csv', process: 'poisson' },
    { seed: 1, durationMs: 1000, trace: { type: 'times', timesMs: [0, 0, 3.5, 999, 1000] } },
  )
  assert.deepEqual(
    [1, 2, 3, 4, 5].map(() => times.next()),
    [0, 0, 3.5, 999, Number.POSITIVE_INFINITY],
  )
  const rates = arrivalTimes(
    { type: 'trace', file: 'x.csv', process: 'constant' },
    { seed: 1, durationMs: 10_000, trace: { type: 'rates', stages: [{ from: 2, to: 2, durationMs: 1000 }] } },
  )
  assert.deepEqual([rates.next(), rates.next(), rates.next()], [0, 500, 1000])
  assert.equal(rates.next(), Number.POSITIVE_INFINITY)
})

test('random numbers of arrivals do not depend on who else draws', () => {
  const random = seededRandom(1)
  const first = all({ type: 'poisson', perSecond: 10 }, 5000)
  random.next()
  assert.deepEqual(all({ type: 'poisson', perSecond: 10 }, 5000), first)
})
