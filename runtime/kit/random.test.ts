import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { seededRandom } from './random.ts'

const draws = (seed: string | number, count: number): number[] => {
  const random = seededRandom(seed)
  return Array.from({ length: count }, () => random.next())
}

test('the same seed gives the same numbers, a number and its text being the same seed', () => {
  fc.assert(fc.property(fc.string(), seed => assert.deepEqual(draws(seed, 20), draws(seed, 20))))
  assert.deepEqual(draws(7, 20), draws('7', 20))
})

test('numbers of a seed stay the same from version to version, so that a recorded run can be repeated', () => {
  // Computed apart from this program, by the published sfc32 over the seed's three hashes.
  const words = [562450830, 3645328725, 1371577132, 2462425188]
  assert.deepEqual(
    draws('lab5', 4),
    words.map(word => word / 2 ** 32),
  )
})

test('different seeds give different numbers', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (one, other) => {
      fc.pre(one !== other)
      assert.notDeepEqual(draws(one, 4), draws(other, 4))
    }),
  )
})

test('every number is at least 0 and below 1', () => {
  for (const value of draws('bounds', 100_000)) assert.ok(value >= 0 && value < 1)
})

/** Chi-square statistic of counts that should all be equal. */
function chiSquare(counts: readonly number[]): number {
  const expected = counts.reduce((sum, count) => sum + count, 0) / counts.length
  return counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0)
}

/** Bound that a chi-square variable of so many degrees exceeds once in 100,000 times (Wilson and Hilferty, 1931). */
const bound = (degrees: number): number => degrees * (1 - 2 / (9 * degrees) + 4.265 * Math.sqrt(2 / (9 * degrees))) ** 3

test('numbers of a seed are spread evenly over 100 classes', () => {
  for (const seed of ['', '0', '1', 'a', 'lab5/gateway/0', 'lab5/gateway/1', 'ü'.repeat(100)]) {
    const counts = new Array<number>(100).fill(0)
    for (const value of draws(seed, 100_000)) counts[Math.floor(value * 100)]! += 1
    assert.ok(chiSquare(counts) < bound(99), `seed ${seed}: ${chiSquare(counts)}`)
  }
})

test('successive numbers of a seed, and the same numbers of neighbouring seeds, are spread evenly over pairs', () => {
  const pairs = (first: readonly number[], second: readonly number[]): number[] => {
    const counts = new Array<number>(400).fill(0)
    first.forEach((value, at) => {
      counts[Math.floor(value * 20) * 20 + Math.floor(second[at]! * 20)]! += 1
    })
    return counts
  }
  const one = draws('gateway/0', 100_001)
  const successive = pairs(one.slice(0, -1), one.slice(1))
  assert.ok(chiSquare(successive) < bound(399), `successive: ${chiSquare(successive)}`)
  const neighbours = pairs(one, draws('gateway/1', 100_001))
  assert.ok(chiSquare(neighbours) < bound(399), `neighbours: ${chiSquare(neighbours)}`)
})

test('first numbers of successive seeds are spread evenly, since many replicas draw only a few', () => {
  for (const draw of [0, 1]) {
    const counts = new Array<number>(50).fill(0)
    for (let seed = 0; seed < 20_000; seed++) counts[Math.floor(draws(seed, draw + 1)[draw]! * 50)]! += 1
    assert.ok(chiSquare(counts) < bound(49), `draw ${draw}: ${chiSquare(counts)}`)
  }
})
