import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { countUpTo, HISTOGRAM_SLOTS, mergeHistograms, recordMs, sumMs, summarize } from './histogram.ts'

const record = (values: readonly number[]): Float64Array => {
  const slots = new Float64Array(HISTOGRAM_SLOTS)
  for (const value of values) recordMs(slots, value)
  return slots
}

test('an empty histogram has no percentiles', () => {
  assert.deepEqual(summarize(record([])), {
    count: 0,
    meanMs: null,
    p50Ms: null,
    p90Ms: null,
    p95Ms: null,
    p99Ms: null,
    maxMs: null,
  })
})

test('a percentile is within 0.8 % (or half a microsecond) of the nearest-rank value', () => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: 0.001, max: 1_000_000, noNaN: true }), { minLength: 1 }), values => {
      const sorted = [...values].sort((a, b) => a - b)
      const summary = summarize(record(values))
      for (const [ratio, got] of [
        [0.5, summary.p50Ms],
        [0.9, summary.p90Ms],
        [0.99, summary.p99Ms],
      ] as const) {
        const exact = sorted[Math.ceil(ratio * sorted.length) - 1]!
        assert.ok(Math.abs(got! - exact) <= Math.max(0.008 * exact, 0.0011), `${got} is not near ${exact}`)
      }
      assert.equal(summary.count, values.length)
    }),
  )
})

test('merged histograms count and sum what their parts did', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 1e6 })), fc.array(fc.integer({ min: 0, max: 1e6 })), (one, two) => {
      const merged = mergeHistograms([record(one), record(two)])
      assert.deepEqual(merged, record([...one, ...two]))
      assert.equal(countUpTo(merged, Number.POSITIVE_INFINITY), one.length + two.length)
      assert.equal(
        Math.round(sumMs(merged)),
        [...one, ...two].reduce((sum, value) => sum + value, 0),
      )
    }),
  )
})

test('values beyond the range are counted in the last bucket, negative ones in the first', () => {
  const summary = summarize(record([-5, 1e12]))
  assert.equal(summary.count, 2)
  assert.ok(summary.p50Ms! < 0.001)
  assert.ok(summary.maxMs! > 2_000_000)
})
