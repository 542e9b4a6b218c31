import assert from 'node:assert/strict'
import { test } from 'node:test'
import { seededRandom } from '@archlab/runtime/kit'
import fc from 'fast-check'
import { LatencyQuantile } from './latency-quantile.ts'

test('there is no answer before the least number of samples', () => {
  const learned = new LatencyQuantile(0.95, 20)
  for (let sample = 0; sample < 19; sample++) learned.record(10, 0)
  assert.equal(learned.valueMs(0), undefined)
  learned.record(10, 0)
  assert.ok(learned.valueMs(0)! >= 10)
})

test('the answer is never below the true quantile and at most 9.1 % above it', () => {
  const latencies = fc.array(fc.double({ min: 0.06, max: 100_000, noNaN: true }), { minLength: 20, maxLength: 300 })
  fc.assert(
    fc.property(latencies, fc.constantFrom(0.5, 0.9, 0.95, 0.99), (samples, quantile) => {
      const learned = new LatencyQuantile(quantile, samples.length)
      for (const sample of samples) learned.record(sample, 0)
      const rank = Math.ceil(quantile * samples.length - 1e-9)
      const exact = samples.toSorted((a, b) => a - b)[rank - 1]!
      const found = learned.valueMs(0)!
      assert.ok(found >= exact * (1 - 1e-6) && found <= exact * 2 ** (1 / 8) * (1 + 1e-6), `${found} for ${exact}`)
    }),
  )
})

test('of an exponential distribution with mean 10 ms it finds the 95th percentile, 30 ms', () => {
  const random = seededRandom('latencies')
  const learned = new LatencyQuantile(0.95, 20)
  for (let sample = 0; sample < 20_000; sample++) learned.record(-10 * Math.log(1 - random.next()), sample)
  const value = learned.valueMs(20_000)!
  assert.ok(value > 29 && value < 33.5, `${value}`)
})

test('the past fades with time: after ten minutes of other latencies it knows only those', () => {
  const learned = new LatencyQuantile(0.5, 20)
  for (let sample = 0; sample < 10_000; sample++) learned.record(1000, sample)
  for (let second = 0; second < 600; second++) learned.record(10, 10_000 + second * 1000)
  const value = learned.valueMs(610_000)!
  assert.ok(value >= 10 && value < 11, `${value}`)
})

test('when nothing has been seen for an hour there is no answer', () => {
  const learned = new LatencyQuantile(0.95, 20)
  for (let sample = 0; sample < 1000; sample++) learned.record(10, 0)
  assert.equal(learned.valueMs(3_600_000), undefined)
})

test('what is shorter or longer than the buckets counts as the shortest or longest', () => {
  const learned = new LatencyQuantile(0.5, 1)
  learned.record(0, 0)
  assert.equal(learned.valueMs(0), 0.05)
  const long = new LatencyQuantile(0.5, 1)
  long.record(1e12, 0)
  assert.ok(long.valueMs(0)! > 200_000)
})
