import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { differences } from './differences.ts'

test('a difference is told where it lies, entries of a list by their names', () => {
  const before = {
    components: { api: { replicas: 2, tactics: [{ name: 'one', settings: { max: 5 } }, { name: 'two' }] } },
  }
  const after = { components: { api: { replicas: 2, tactics: [{ name: 'one', settings: { max: 6 } }] }, db: {} } }
  assert.deepEqual(differences(before, after), [
    { path: 'components.api.tactics.one.settings.max', before: 5, after: 6 },
    { path: 'components.api.tactics.two', before: { name: 'two' }, after: undefined },
    { path: 'components.db', before: undefined, after: {} },
  ])
})

test('another order of a list is a difference', () => {
  const list = [{ name: 'a' }, { name: 'b' }]
  assert.deepEqual(differences({ list }, { list: list.toReversed() }), [
    { path: 'list', before: ['a', 'b'], after: ['b', 'a'] },
  ])
})

test('two entries of the same name are two entries', () => {
  const list = [
    { name: 'a', max: 1 },
    { name: 'a', max: 2 },
  ]
  assert.deepEqual(differences({ list }, { list: [list[0], { name: 'a', max: 3 }] }), [
    { path: 'list.a#2.max', before: 2, after: 3 },
  ])
  assert.deepEqual(differences([], {}), [{ path: '', before: [], after: {} }])
})

const named = fc.array(fc.record({ name: fc.constantFrom('a', 'b'), value: fc.integer({ min: 0, max: 2 }) }), {
  maxLength: 3,
})
const anything = fc.oneof(
  fc.jsonValue({ maxDepth: 3 }),
  fc.dictionary(fc.constantFrom('x', 'y'), named, { maxKeys: 2 }),
)

test('there is a difference exactly where two JSON values are not equal', () => {
  fc.assert(
    fc.property(anything, anything, (left, right) => {
      const [before, after] = [JSON.parse(JSON.stringify(left)), JSON.parse(JSON.stringify(right))]
      assert.deepEqual(differences(before, before), [])
      assert.equal(differences(before, after).length === 0, isDeepStrictEqual(before, after))
    }),
  )
})
