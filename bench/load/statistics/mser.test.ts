import assert from 'node:assert/strict'
import { test } from 'node:test'
import { seededRandom } from '@archlab/runtime/kit'
import { batchMeans } from './batch-means.ts'
import { mser5 } from './mser.ts'

test('batches are of equal length, without what is too much at the beginning and without missing values', () => {
  assert.deepEqual(batchMeans([100, 1, 3, 5, 7, 9, 11], 3), [2, 6, 10])
  assert.deepEqual(batchMeans([1, null, null, null, 5, 7], 3), [1, null, 6])
  assert.deepEqual(batchMeans([1, 2], 3), [])
})

// Squared standard errors of the rest when 0, 5, 10, 15 or 20 are left out, by numpy: 0.14688438, 0.02244898, 0.00068889,
// 0.0003008, 0.00031875.
const SETTLING = [
  9.1, 8.7, 8.2, 7.9, 7.7, 6.8, 6.1, 6.4, 5.8, 5.9, 5.2, 5.5, 5.1, 4.9, 5.3, 5.0, 5.2, 4.8, 5.1, 5.4, 4.9, 5.0, 5.3,
  5.1, 4.7, 5.2, 5.0, 5.1, 4.9, 5.2, 5.3, 4.8, 5.1, 5.0, 4.9, 5.2, 5.1, 4.8, 5.0, 5.3,
]

test('of values that settle those are left out that make the error of the mean of the rest least', () => {
  assert.equal(mser5(SETTLING), 15)
  const shifted = SETTLING.map(value => 3 * value + 100)
  assert.equal(mser5(shifted), 15, 'neither unit nor origin matter')
})

test('values that never settle, and fewer than twenty, give no answer', () => {
  assert.equal(mser5(Array.from({ length: 60 }, (_, at) => at)), null)
  assert.equal(mser5(SETTLING.slice(0, 19)), null)
})

test('of a beginning that is far off nothing is left, and little more than it is left out', () => {
  for (const length of [5, 12, 18]) {
    const random = seededRandom(length)
    const values = Array.from({ length: 60 }, (_, at) => (at < length ? 50 : 10) + random.next())
    const ends = Math.ceil(length / 5) * 5
    assert.ok([ends, ends + 5].includes(mser5(values)!), `${mser5(values)} of ${length}`)
  }
})
