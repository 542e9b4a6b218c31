import assert from 'node:assert/strict'
import { test } from 'node:test'
import { seededRandom } from '@archlab/runtime/kit'
import fc from 'fast-check'
import { RELATIVE_ERROR, ValueHistogram } from './value-histogram.ts'

/** Nearest rank on the values themselves. */
function exactQuantile(values: readonly number[], ratio: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.max(1, Math.ceil(ratio * sorted.length - 1e-9)) - 1]!
}

const RATIOS = [0, 0.01, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 0.9999, 1]

test('quantiles are those of the values, within the width of a bucket, and the extremes exactly', () => {
  const value = fc.oneof(
    fc.double({ min: 0.001, max: 1, noNaN: true }),
    fc.double({ min: 1, max: 1e4, noNaN: true }),
    fc.double({ min: 1e4, max: 1.6e7, noNaN: true }),
  )
  fc.assert(
    fc.property(fc.array(value, { minLength: 1, maxLength: 300 }), values => {
      const histogram = new ValueHistogram()
      for (const one of values) histogram.record(one)
      for (const ratio of RATIOS) {
        const exact = exactQuantile(values, ratio)
        const found = histogram.quantile(ratio)!
        // Half a microsecond below the linear part's end.
        assert.ok(Math.abs(found - exact) <= exact * 2 * RELATIVE_ERROR + 0.0005, `${ratio}: ${found}, not ${exact}`)
      }
      assert.deepEqual([histogram.min, histogram.max], [Math.min(...values), Math.max(...values)])
      const sum = values.reduce((a, b) => a + b)
      assert.ok(Math.abs(histogram.mean! - sum / values.length) <= 1e-9 * sum)
    }),
  )
})

test('what lies between the buckets of the largest powers of two is told apart as well', () => {
  const histogram = new ValueHistogram()
  for (const exponent of [30, 31, 32, 33]) {
    for (const share of [1, 1.25, 1.5, 1.75]) histogram.record((2 ** exponent * share) / 1000)
  }
  const values = [...histogram.steps()].map(({ valueMs }) => valueMs)
  assert.equal(values.length, 16)
  assert.deepEqual(
    values,
    values.toSorted((a, b) => a - b),
  )
})

test('a value beyond the range is counted in the last bucket, and remembered as the greatest', () => {
  const histogram = new ValueHistogram()
  histogram.record(1e12)
  histogram.record(-5)
  assert.deepEqual([histogram.count, histogram.max, histogram.min, histogram.quantile(1)], [2, 1e12, 0, 1e12])
})

test('adding up histograms gives what recording all values in one gives', () => {
  const random = seededRandom('add')
  const [one, other, both] = [new ValueHistogram(), new ValueHistogram(), new ValueHistogram()]
  for (let at = 0; at < 2000; at++) {
    const value = -Math.log(1 - random.next()) * 10
    ;(at % 3 === 0 ? one : other).record(value)
    both.record(value)
  }
  one.add(other)
  assert.deepEqual([...one.steps()], [...both.steps()])
  assert.deepEqual([one.count, one.min, one.max], [both.count, both.min, both.max])
})

test('a histogram that was cleared is as new', () => {
  const histogram = new ValueHistogram()
  histogram.record(3)
  histogram.clear()
  assert.deepEqual(
    [histogram.count, histogram.mean, histogram.quantile(0.5), [...histogram.steps()]],
    [0, null, null, []],
  )
})

test('ten million values take no more memory than one, and a thousand histograms less than 32 MB', () => {
  const histograms = Array.from({ length: 1000 }, () => new ValueHistogram())
  const before = process.memoryUsage().arrayBuffers
  const random = seededRandom('many')
  for (let at = 0; at < 10_000_000; at++) histograms[at % 1000]!.record(random.next() * 1000)
  assert.equal(
    histograms.reduce((sum, { count }) => sum + count, 0),
    10_000_000,
  )
  assert.ok(process.memoryUsage().arrayBuffers <= before)
  const bytes = 1000 * ValueHistogram.BYTES
  assert.ok(bytes < 32 * 1024 ** 2, `${bytes} bytes`)
})
