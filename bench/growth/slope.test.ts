import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { slopeOverRounds } from './slope.ts'

const near = (value: number, expected: number): void =>
  assert.ok(Math.abs(value - expected) <= 1e-6 * Math.max(1, Math.abs(expected)), `${value}, not ${expected}`)

test('rounds whose slopes are 1, 2 and 3 give 2, with the interval of Student’s t for two degrees of freedom', () => {
  const x = [0, 1, 2]
  const { value, low, high, rounds } = slopeOverRounds(x, [
    [5, 6, 7],
    [5, 7, 9],
    [5, 8, 11],
  ])
  near(value, 2)
  // 4.302653 standard errors of 1/√3.
  near(low, 2 - 4.302652729911275 / Math.sqrt(3))
  near(high, 2 + 4.302652729911275 / Math.sqrt(3))
  assert.equal(rounds, 3)
})

test('a curve that is bent alike in every round has a slope without doubt, whatever the level of a round', () => {
  const levels = fc.array(fc.integer({ min: -1000, max: 1000 }), { minLength: 2, maxLength: 6 })
  fc.assert(
    fc.property(levels, rounds => {
      const curve = [0, 1, 4, 9]
      const { value, low, high } = slopeOverRounds(
        [0, 1, 2, 3],
        rounds.map(level => curve.map(y => y + level)),
      )
      near(value, 3)
      near(low, 3)
      near(high, 3)
    }),
  )
})

test('one round has a slope and no interval; a round with a figure missing counts for nothing', () => {
  const { value, low, high, rounds } = slopeOverRounds(
    [1, 2],
    [
      [10, 12],
      [10, Number.NaN],
    ],
  )
  assert.equal(value, 2)
  assert.ok(Number.isNaN(low) && Number.isNaN(high))
  assert.equal(rounds, 1)
  assert.ok(Number.isNaN(slopeOverRounds([1, 2], []).value))
})
