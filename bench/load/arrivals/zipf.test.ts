import assert from 'node:assert/strict'
import { test } from 'node:test'
import { seededRandom } from '@archlab/runtime/kit'
import { zipf } from './zipf.ts'

const DRAWS = 200_000

for (const exponent of [0, 0.5, 0.99, 1, 1.5]) {
  for (const count of [1, 2, 10, 1000]) {
    test(`${count} keys with exponent ${exponent} come as often as they should (chi-square)`, () => {
      const draw = zipf(count, exponent, seededRandom(`${count} ${exponent}`))
      const seen = new Float64Array(count + 1)
      for (let at = 0; at < DRAWS; at++) seen[draw()]! += 1
      const weights = Array.from({ length: count }, (_, rank) => (rank + 1) ** -exponent)
      const total = weights.reduce((a, b) => a + b)
      let square = 0
      let cells = 0
      for (const [at, weight] of weights.entries()) {
        const expected = (DRAWS * weight) / total
        square += (seen[at + 1]! - expected) ** 2 / expected
        cells += 1
      }
      // Mean and variance of chi-square with k - 1 degrees of freedom are k - 1 and 2(k - 1): three and a half deviations.
      assert.ok(square <= cells - 1 + 3.5 * Math.sqrt(2 * cells), `${square} for ${cells} keys`)
      assert.equal(seen[0], 0)
    })
  }
}
