import assert from 'node:assert/strict'
import { test } from 'node:test'
import { seededRandom } from '@archlab/runtime/kit'
import fc from 'fast-check'
import { mannKendall } from './mann-kendall.ts'

// scipy 1.17.1: stats.kendalltau(range(n), values, method='exact').pvalue and stats.theilslopes(values, range(n)).
const KNOWN: readonly { values: number[]; s: number; pValue: number; slope: number }[] = [
  { values: [1, 2, 3, 4, 5, 6, 7, 8], s: 28, pValue: 4.96031746031746e-5, slope: 1 },
  { values: [3, 1, 4, 1.5, 9, 2.6, 5, 3.5], s: 8, pValue: 0.39875992063492066, slope: 0.3666666666666667 },
  { values: [10, 9, 7, 8, 6, 5, 3, 4, 2, 1], s: -41, pValue: 2.9761904761904762e-5, slope: -1 },
  {
    values: [23.1, 21.4, 22.8, 20.9, 24.4, 25.0, 22.2, 26.1, 27.3, 24.9, 26.6, 28.0],
    s: 40,
    pValue: 0.005380307706696595,
    slope: 0.5375,
  },
]

for (const { values, s, pValue, slope } of KNOWN) {
  test(`the trend of ${values.join(', ')} is the one that scipy finds`, () => {
    const found = mannKendall(values)
    assert.equal(found.s, s)
    assert.ok(Math.abs(found.pValue - pValue) < 1e-12, `${found.pValue}`)
    assert.ok(Math.abs(found.slope - slope) < 1e-12, `${found.slope}`)
  })
}

test('values that are all alike, and fewer than two, have no trend', () => {
  for (const values of [[5, 5, 5, 5], [7], []]) {
    const { s, pValue, slope } = mannKendall(values)
    assert.deepEqual([s, slope], [0, 0])
    assert.ok(Math.abs(pValue - 1) < 1e-12)
  }
})

test('values turned round have the opposite trend with the same chance', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -50, max: 50 }), { minLength: 2, maxLength: 20 }), values => {
      const there = mannKendall(values)
      const back = mannKendall(values.toReversed())
      assert.equal(there.s + back.s, 0)
      assert.equal(there.slope + back.slope, 0)
      assert.equal(there.pValue, back.pValue)
      assert.ok(there.pValue > 0 && there.pValue <= 1)
    }),
  )
})

test('independent values are rejected at most as often as the level says', () => {
  const random = seededRandom('no trend')
  let rejected = 0
  for (let run = 0; run < 2000; run++) {
    if (mannKendall(Array.from({ length: 8 }, () => random.next())).pValue <= 0.05) rejected += 1
  }
  // |s| >= 16 has a chance of 0.0610, |s| >= 18 one of 0.0312: 62 runs, give or take three standard deviations of 7.7.
  assert.ok(rejected >= 39 && rejected <= 86, `${rejected}`)
})
