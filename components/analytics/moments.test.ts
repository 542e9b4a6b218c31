import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Moments } from './moments.ts'

function momentsOf(values: readonly number[]): Moments {
  const moments = new Moments()
  for (const value of values) moments.add(value)
  return moments
}

/** By the definition, in two passes. */
function twoPass(values: readonly number[]): { mean: number; deviation: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0)
  return { mean, deviation: Math.sqrt(squares / (values.length - 1)) }
}

test('mean, deviation and extremes are those of the definition', () => {
  const value = fc.double({ min: -1e6, max: 1e6, noNaN: true })
  fc.assert(
    fc.property(fc.array(value, { minLength: 2, maxLength: 200 }), values => {
      const { mean, deviation } = twoPass(values)
      const moments = momentsOf(values)
      assert.equal(moments.count, values.length)
      assert.ok(Math.abs(moments.mean - mean) <= 1e-9 * (1 + Math.abs(mean)))
      assert.ok(Math.abs(moments.standardDeviation! - deviation) <= 1e-6 * (1 + deviation))
      assert.deepEqual([moments.min, moments.max], [Math.min(...values), Math.max(...values)])
    }),
  )
})

test('the deviation is right also where the numbers are large and close together', () => {
  const large = 1e9
  const moments = momentsOf([large + 4, large + 7, large + 13, large + 16])
  assert.equal(moments.mean, large + 10)
  assert.ok(Math.abs(moments.standardDeviation! - Math.sqrt(30)) < 1e-6)
})

test('a single number has no deviation', () => {
  assert.equal(momentsOf([5]).standardDeviation, null)
  assert.equal(momentsOf([5, 5]).standardDeviation, 0)
})
