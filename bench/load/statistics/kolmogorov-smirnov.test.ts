import assert from 'node:assert/strict'
import { test } from 'node:test'
import { seededRandom } from '@archlab/runtime/kit'
import fc from 'fast-check'
import { distanceFromUniform, kolmogorovPValue } from './kolmogorov-smirnov.ts'

test('the distance is the one computed by hand', () => {
  // At 0.2 half of the values have come, 0.3 too many; nowhere else are they so far off.
  assert.ok(Math.abs(distanceFromUniform([0.9, 0.1, 0.5, 0.2]) - 0.3) < 1e-12)
  assert.equal(distanceFromUniform([0.5]), 0.5)
  assert.equal(distanceFromUniform([1, 1]), 1)
  assert.ok(Number.isNaN(distanceFromUniform([])))
})

test('wherever values lie in their bounds, the distance is no smaller than the one for bounds', () => {
  const value = fc.tuple(
    fc.double({ min: 0, max: 1, noNaN: true }),
    fc.double({ min: 0, max: 0.3, noNaN: true }),
    fc.double({ min: 0, max: 1, noNaN: true }),
  )
  fc.assert(
    fc.property(fc.array(value, { minLength: 1, maxLength: 50 }), values => {
      const least = values.map(([low]) => low)
      const greatest = values.map(([low, width]) => low + width)
      const within = values.map(([low, width, place]) => low + width * place)
      assert.ok(distanceFromUniform(least, greatest) <= distanceFromUniform(within) + 1e-12)
    }),
  )
})

// From the exact distribution: scipy 1.17.1, stats.kstwo.isf(chance, count). L. H. Miller's table (JASA 51, 1956) has the
// same for 20 values: 0.26473, 0.29408, 0.35241.
const EXACT: readonly [count: number, chance: number, distance: number][] = [
  [20, 0.1, 0.264731],
  [20, 0.05, 0.294075],
  [20, 0.01, 0.352411],
  [50, 0.01, 0.226037],
  [100, 0.05, 0.134028],
  [100, 0.01, 0.160809],
  [1000, 0.1, 0.038533],
  [1000, 0.05, 0.042777],
  [1000, 0.01, 0.051294],
]

for (const [count, chance, distance] of EXACT) {
  test(`${count} values lie ${distance} apart or more with a chance of ${chance}`, () => {
    const found = kolmogorovPValue(distance, count)
    assert.ok(Math.abs(found - chance) < (chance > 0.05 ? 1e-3 : 2e-4), `${found}`)
  })
}

test('the chance falls from 1 to 0 as the distance grows', () => {
  const chances = Array.from({ length: 200 }, (_, at) => kolmogorovPValue(at / 1000, 1000))
  assert.equal(chances[0], 1)
  for (const [at, chance] of chances.entries()) assert.ok(at === 0 || chance <= chances[at - 1]! + 1e-12)
  assert.ok(chances.at(-1)! < 1e-30)
})

test('true uniform values are rejected as often as the level says', () => {
  const random = seededRandom('uniform')
  let rejected = { one: 0, ten: 0 }
  for (let run = 0; run < 2000; run++) {
    const sample = Array.from({ length: 100 }, () => random.next())
    const chance = kolmogorovPValue(distanceFromUniform(sample), sample.length)
    rejected = { one: rejected.one + Number(chance < 0.01), ten: rejected.ten + Number(chance < 0.1) }
  }
  // 20 and 200 are expected; the bounds are three standard deviations (4.4 and 13.4) away.
  assert.ok(rejected.one >= 7 && rejected.one <= 33, `${rejected.one}`)
  assert.ok(rejected.ten >= 160 && rejected.ten <= 240, `${rejected.ten}`)
})
