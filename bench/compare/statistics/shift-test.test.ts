import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { pairedShift, pDifferent, unpairedShift } from './shift-test.ts'

const near = (actual: number | undefined, expected: number, within = 1e-9): void =>
  assert.ok(actual !== undefined && Math.abs(actual - expected) <= within, `${actual} is not ${expected}`)

/** Darwin's maize: differences of heights in eighths of an inch (R. A. Fisher, The Design of Experiments, 1935, ch. 3). */
const MAIZE = [49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48]

test('signed ranks of a textbook give its p-value, and estimate and interval by inversion', () => {
  const shift = pairedShift(MAIZE)
  near(shift.pAbove(0), bruteAbove(MAIZE))
  near(pDifferent(shift), 2 * bruteAbove(MAIZE))
  assert.equal(shift.estimate, 25)
  const [low, high] = shift.interval(0.95)!
  assert.ok(low > 0 && low < 25 && high > 25)
})

/** The same by looking at every choice of signs, with middle ranks. */
function bruteAbove(values: readonly number[]): number {
  const sizes = values.map(Math.abs)
  const ranks = sizes.map(
    one => sizes.filter(other => other < one).length + (sizes.filter(other => other === one).length + 1) / 2,
  )
  const sumOf = (positive: (at: number) => boolean): number =>
    ranks.reduce((sum, rank, at) => sum + (positive(at) ? rank : 0), 0)
  const seen = sumOf(at => values[at]! > 0)
  let asLarge = 0
  for (let signs = 0; signs < 2 ** values.length; signs++) if (sumOf(at => ((signs >> at) & 1) === 1) >= seen) asLarge++
  return asLarge / 2 ** values.length
}

test('with ties too, p-values of signed ranks are those of all choices of signs', () => {
  const values = fc.array(
    fc.integer({ min: -4, max: 4 }).filter(one => one !== 0),
    { minLength: 1, maxLength: 9 },
  )
  fc.assert(fc.property(values, found => near(pairedShift(found).pAbove(0), bruteAbove(found))))
})

test('rank sums give the p-values of all choices of runs', () => {
  // 3 and 3 runs without overlap: one choice of 20.
  const shift = unpairedShift([1, 2, 3], [4, 5, 6])
  near(shift.pAbove(0), 1 / 20)
  near(pDifferent(shift), 2 / 20)
  assert.equal(shift.estimate, 3)
  // With a tie across the arms: sums of doubled ranks 7+12+... counted by hand, 2 of 20 choices reach it.
  near(unpairedShift([1, 2, 3], [3, 5, 6]).pAbove(0), 2 / 20)
})

test('an interval is there from the number of runs on that can reach its confidence', () => {
  const values = [1, 2, 3, 4, 5]
  assert.equal(pairedShift(values).interval(0.95), null)
  assert.deepEqual(pairedShift([...values, 6]).interval(0.95), [1, 6])
  assert.equal(unpairedShift([1, 2, 3], [4, 5, 6]).interval(0.95), null)
  assert.deepEqual(unpairedShift([1, 2, 3, 4], [11, 12, 13, 14]).interval(0.95), [7, 13])
})

test('estimate and interval move with the values, and contain each other', () => {
  const values = fc.array(fc.double({ min: -10, max: 10, noNaN: true }), { minLength: 6, maxLength: 20 })
  fc.assert(
    fc.property(values, fc.double({ min: -5, max: 5, noNaN: true }), (found, by) => {
      const [plain, moved] = [pairedShift(found), pairedShift(found.map(one => one + by))]
      near(moved.estimate, plain.estimate + by, 1e-6)
      const [wide, narrow] = [plain.interval(0.95)!, plain.interval(0.9)!]
      assert.ok(wide[0] <= narrow[0] && narrow[0] <= plain.estimate && plain.estimate <= narrow[1])
      assert.ok(narrow[1] <= wide[1])
    }),
  )
})

test('the interval holds exactly the shifts that the test accepts', () => {
  const shift = pairedShift(MAIZE)
  const [low, high] = shift.interval(0.95)!
  const accepted = (at: number): boolean => 2 * Math.min(shift.pAbove(at), shift.pBelow(at)) > 0.05
  assert.ok(accepted(low + 0.01) && accepted(high - 0.01))
  assert.ok(!accepted(low - 0.01) && !accepted(high + 0.01))
})

test('runs that are all alike show no shift, and bound it', () => {
  const shift = pairedShift([0, 0, 0, 0, 0, 0, 0])
  assert.equal(pDifferent(shift), 1)
  near(shift.pAbove(-0.05), 1 / 128)
  near(shift.pBelow(0.05), 1 / 128)
})
