import assert from 'node:assert/strict'
import { test } from 'node:test'
import { seededRandom } from '../kit/index.ts'
import { newTraceparent, nextTraceparent } from './traceparent.ts'
import { isTraceparent } from './wire-fields.ts'

test('a new trace is a valid traceparent, and no two are alike', () => {
  const random = seededRandom(1)
  const seen = new Set(Array.from({ length: 1000 }, () => newTraceparent(random)))
  assert.equal(seen.size, 1000)
  for (const value of seen) assert.ok(isTraceparent(value), value)
})

test('the next hop keeps trace id and flags and has a parent id of its own', () => {
  const random = seededRandom(1)
  const before = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
  const after = nextTraceparent(before, random)
  assert.ok(isTraceparent(after))
  assert.equal(after.slice(0, 36), before.slice(0, 36))
  assert.equal(after.slice(52), before.slice(52))
  assert.notEqual(after, before)
})

test('values that the standard forbids are not taken for a traceparent', () => {
  for (const value of [
    '',
    'x',
    '00-00000000000000000000000000000000-b7ad6b7169203331-01',
    '00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01',
    '00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01',
    '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-extra',
  ]) {
    assert.equal(isTraceparent(value), false, value)
  }
})
