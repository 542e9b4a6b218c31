import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compacted, patchTexts } from './patch-list.ts'

test('a patch that a later one of the same path makes void is left out', () => {
  assert.deepEqual(compacted(['a.x=1', 'b=2', 'a.x=3', 'a.x=4']), ['b=2', 'a.x=4'])
})

test('a patch that another one builds on stays, also when it is made void later', () => {
  const patches = ['a={"kind":"service"}', 'a.x=1', 'a=off']
  assert.deepEqual(compacted(patches), patches)
  assert.deepEqual(compacted(['a.x=1', '*.x=2', 'a.x=3']), ['a.x=1', '*.x=2', 'a.x=3'])
})

test('values are written so that they are read as what they are, and the word that removes stands alone', () => {
  assert.deepEqual(patchTexts({ a: 4, b: '5s', c: 'off', d: ['x'], e: { f: null } }), [
    'a=4',
    'b="5s"',
    'c=off',
    'd=["x"]',
    'e={"f":null}',
  ])
})
