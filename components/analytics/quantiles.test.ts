import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { BUCKETS_MAX, ExactQuantiles, QuantileSketch, type Quantiles, RELATIVE_ERROR } from './quantiles.ts'

const RATIOS = [0, 0.01, 0.25, 0.5, 0.9, 0.95, 0.99, 1]

function filled<Q extends Quantiles>(quantiles: Q, values: Iterable<number>): Q {
  for (const value of values) quantiles.add(value)
  return quantiles
}

test('an exact quantile is the smallest number that at least the share is not above', () => {
  const hundred = filled(
    new ExactQuantiles(),
    Array.from({ length: 100 }, (_, at) => 100 - at),
  )
  assert.deepEqual(hundred.at([0, 0.005, 0.5, 0.501, 0.95, 0.99, 0.999, 1]), [1, 1, 50, 51, 95, 99, 100, 100])
  assert.deepEqual(filled(new ExactQuantiles(), [7]).at([0.5, 0.99]), [7, 7])
  assert.deepEqual(filled(new ExactQuantiles(), [-1, 10, -2, 9]).at([0.25, 0.5, 0.75, 1]), [-2, -1, 9, 10])
})

/** Numbers of any sign whose magnitudes lie within fifteen decades. */
const number = fc
  .tuple(fc.double({ min: -6, max: 9, noNaN: true }), fc.constantFrom(-1, 0, 1))
  .map(([exponent, sign]) => sign * 10 ** exponent)

test('a quantile of the sketch is within its error of the exact one, for numbers of any sign and many decades', () => {
  fc.assert(
    fc.property(fc.array(number, { minLength: 1, maxLength: 400 }), values => {
      const exact = filled(new ExactQuantiles(), values).at(RATIOS)
      const read = filled(new QuantileSketch(), values).at(RATIOS)
      for (const [at, value] of exact.entries()) {
        const offBy = Math.abs(read[at]! - value)
        assert.ok(offBy <= RELATIVE_ERROR * Math.abs(value) * (1 + 1e-9), `${value} was read as ${read[at]}`)
      }
    }),
  )
})

test('the sketch keeps its promise for the largest numbers when there are more magnitudes than buckets', () => {
  // Two numbers per bucket width, over more widths than there are buckets, the smallest first and then the largest first.
  const step = ((1 + RELATIVE_ERROR) / (1 - RELATIVE_ERROR)) ** 0.5
  const count = BUCKETS_MAX * 6
  const rising = Array.from({ length: count }, (_, at) => 1e-40 * step ** at)
  const ratios = [0.75, 0.9, 0.95, 0.99, 1]
  for (const values of [rising, rising.toReversed()]) {
    const exact = filled(new ExactQuantiles(), values).at(ratios)
    assert.ok(exact[0]! > exact[4]! / 1e15 && rising[0]! < exact[4]! / 1e15, 'the range is wider than the promise')
    const sketch = filled(new QuantileSketch(), [...values, ...values.map(value => -value)])
    const upper = sketch.at(ratios.map(ratio => 0.5 + ratio / 2))
    const lower = sketch.at(ratios.map(ratio => (1 - ratio) / 2 + 1 / (2 * count)))
    for (const [at, value] of exact.entries()) {
      assert.ok(Math.abs(upper[at]! - value) <= RELATIVE_ERROR * value * (1 + 1e-9), `${value}: ${upper[at]}`)
      assert.ok(Math.abs(lower[at]! + value) <= 2 * RELATIVE_ERROR * value, `${-value}: ${lower[at]}`)
    }
  }
})

test('zeros, and numbers next to nothing, are read back as zero', () => {
  assert.deepEqual(filled(new QuantileSketch(), [0, -0, 5e-324, -5e-324]).at([0, 0.5, 1]), [0, 0, 0])
})
