import assert from 'node:assert/strict'
import { test } from 'node:test'
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

test('there is a difference exactly where two JSON values are not equal', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 3 }), fc.jsonValue({ maxDepth: 3 }), (left, right) => {
      const [before, after] = [JSON.parse(JSON.stringify(left)), JSON.parse(JSON.stringify(right))]
      assert.deepEqual(differences(before, before), [])
      const isSame = fc.stringify(before) === fc.stringify(after)
      if (differences(before, after).length === 0) assert.deepEqual(before, after)
      if (isSame) assert.deepEqual(differences(before, after), [])
    }),
  )
})
