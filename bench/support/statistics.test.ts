import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { line, median, percentile, ratioByRound, rotated, spread } from './statistics.ts'

test('the median of an odd number of values is the middle one, of an even number the mean of the middle two', () => {
  assert.equal(median([3, 1, 2]), 2)
  assert.equal(median([4, 1, 3, 2]), 2.5)
  assert.equal(median([7]), 7)
  assert.ok(Number.isNaN(median([])))
})

test('the median sorts by number and leaves its argument alone', () => {
  const values = [10, 9, 100]
  assert.equal(median(values), 10)
  assert.deepEqual(values, [10, 9, 100])
})

test('as many values lie below the median as above it', () => {
  fc.assert(
    fc.property(fc.array(fc.integer(), { minLength: 1, maxLength: 40 }), values => {
      const middle = median(values)
      const below = values.filter(value => value < middle).length
      const above = values.filter(value => value > middle).length
      return below <= values.length / 2 && above <= values.length / 2
    }),
  )
})

test('a spread holds median, smallest and largest', () => {
  assert.deepEqual(spread([5, 1, 3]), { median: 3, min: 1, max: 5 })
  assert.ok(Number.isNaN(spread([]).min))
})

test('a ratio is formed per round before it is summarised, so that a slow round of both cancels out', () => {
  assert.deepEqual(ratioByRound([200, 20, 400], [100, 10, 100]), { median: 2, min: 2, max: 4 })
})

test('a ratio leaves out rounds that one side lacks and division by nothing', () => {
  assert.deepEqual(ratioByRound([200, Number.NaN, 300, 5], [100, 10, 0]), { median: 2, min: 2, max: 2 })
  assert.ok(Number.isNaN(ratioByRound([], [1]).median))
})

test('a line through exact points has their slope and intercept', () => {
  fc.assert(
    fc.property(fc.integer({ min: -50, max: 50 }), fc.integer({ min: -50, max: 50 }), (slope, intercept) => {
      const fitted = line([1, 10, 50, 100].map(x => ({ x, y: slope * x + intercept })))
      return Math.abs(fitted.slope - slope) < 1e-9 && Math.abs(fitted.intercept - intercept) < 1e-7
    }),
  )
  assert.ok(Number.isNaN(line([{ x: 1, y: 2 }]).slope))
})

test('a rotation keeps every value once and starts one place later each round', () => {
  assert.deepEqual(rotated(['a', 'b', 'c'], 1), ['b', 'c', 'a'])
  assert.deepEqual(rotated(['a', 'b', 'c'], 5), ['c', 'a', 'b'])
  assert.deepEqual(rotated([], 3), [])
})

test('a percentile is the smallest value that the share does not exceed', () => {
  const values = Array.from({ length: 100 }, (_, index) => 100 - index)
  assert.equal(percentile(values, 0.99), 99)
  assert.equal(percentile(values, 0.5), 50)
  assert.equal(percentile(values, 1), 100)
  assert.equal(percentile([7], 0.01), 7)
  assert.ok(Number.isNaN(percentile([], 0.5)))
})
