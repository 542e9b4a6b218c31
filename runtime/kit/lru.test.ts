import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Lru } from './lru.ts'

test('a full table forgets the entry that was used longest ago', () => {
  const table = new Lru<number>(2)
  table.set('a', 1)
  table.set('b', 2)
  table.get('a')
  assert.equal(table.set('c', 3), 2)
  assert.deepEqual([table.peek('a'), table.peek('b'), table.peek('c')], [1, undefined, 3])
})

test('peeking does not count as a use', () => {
  const table = new Lru<number>(2)
  table.set('a', 1)
  table.set('b', 2)
  table.peek('a')
  assert.equal(table.set('c', 3), 1)
})

test('names of object members are keys like any other', () => {
  const table = new Lru<number>(4)
  assert.equal(table.get('__proto__'), undefined)
  assert.equal(table.get('constructor'), undefined)
  table.set('__proto__', 1)
  assert.equal(table.get('__proto__'), 1)
})

test('a table for less than one entry is refused', () => {
  assert.throws(() => new Lru(0), RangeError)
})

test('any sequence of operations agrees with a plain list kept in order of use', () => {
  const operation = fc.tuple(
    fc.constantFrom('get', 'set', 'delete', 'takeOldest', 'clear'),
    fc.constantFrom(...'abcdef'),
  )
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 4 }), fc.array(operation, { maxLength: 60 }), (max, operations) => {
      const table = new Lru<number>(max)
      let model: [string, number][] = []
      const pull = (key: string): [string, number] | undefined => {
        const found = model.find(entry => entry[0] === key)
        model = model.filter(entry => entry !== found)
        return found
      }
      operations.forEach(([name, key], at) => {
        if (name === 'get') {
          const found = pull(key)
          if (found) model.push(found)
          assert.equal(table.get(key), found?.[1])
        } else if (name === 'set') {
          const known = pull(key)
          const dropped = !known && model.length === max ? model.shift() : undefined
          model.push([key, at])
          assert.equal(table.set(key, at), dropped?.[1])
        } else if (name === 'delete') assert.equal(table.delete(key), pull(key)?.[1])
        else if (name === 'takeOldest') assert.equal(table.takeOldest(), model.shift()?.[1])
        else {
          table.clear()
          model = []
        }
        assert.equal(table.size, model.length)
        assert.equal(table.full, model.length === max)
      })
      while (model.length > 0) assert.equal(table.takeOldest(), model.shift()?.[1])
    }),
  )
})

test('a table that is made larger keeps what it has, and one made smaller what was used last', () => {
  const table = new Lru<number>(3)
  const fill = (from: number, to: number) => {
    for (let key = from; key < to; key++) table.set(String(key), key)
  }
  fill(0, 3)
  table.resize(100)
  fill(3, 100)
  assert.equal(table.size, 100)
  assert.equal(table.set('100', 100), 0)
  const dropped: number[] = []
  table.get('1')
  table.resize(2, value => dropped.push(value))
  assert.deepEqual([table.size, dropped.length, table.peek('1'), table.peek('100')], [2, 98, 1, 100])
  fill(200, 210)
  assert.deepEqual([table.size, table.peek('208'), table.peek('209')], [2, 208, 209])
})
