import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { KeyTable } from './key-table.ts'
import { NONE } from './slots.ts'

const slotOf = (table: KeyTable<number>, key: string): number => table.find(key, table.hash(key))

test('any sequence of additions and removals leaves what a Map would hold', () => {
  // Tails are alike, heads are alike, some differ in the middle only; among them names of object members.
  const key = fc.oneof(
    fc.nat(30).map(at => `/items/${at}`),
    fc.nat(30).map(at => `${at}/the/same/long/end/of/every/key/of/this/kind`),
    fc.nat(30).map(at => `the/same/beginning/${at}/and/the/same/end/of/this/kind`),
    fc.constantFrom('', 'a', '__proto__', 'constructor', 'ключ', 'ключи', '\u{1f600}'),
  )
  fc.assert(
    fc.property(fc.array(key, { maxLength: 300, size: 'max' }), keys => {
      const table = new KeyTable<number>(60)
      const model = new Map<string, number>()
      keys.forEach((one, at) => {
        const slot = slotOf(table, one)
        assert.equal(slot === NONE ? undefined : table.valueOf(slot), model.get(one))
        if (slot !== NONE && at % 2 === 0) table.setValue(slot, at)
        if (slot !== NONE && at % 2 === 0) model.set(one, at)
        else if (slot !== NONE) {
          assert.equal(table.remove(slot), model.get(one))
          model.delete(one)
        } else if (!table.full) {
          assert.ok(table.add(one, table.hash(one), at) < 60)
          model.set(one, at)
        }
        assert.equal(table.size, model.size)
      })
      for (const [one, value] of model) assert.equal(table.valueOf(slotOf(table, one)), value)
    }),
  )
})

test('slots are used again: they are never more than keys at one time', () => {
  const table = new KeyTable<number>(1000)
  const first = table.add('first', table.hash('first'), 0)
  for (let at = 0; at < 1000; at++) {
    const key = `/items/${at}`
    assert.notEqual(table.add(key, table.hash(key), at), first)
    assert.ok(slotOf(table, key) <= 1)
    table.remove(slotOf(table, key))
  }
})

test('keys that are alike at their end, or everywhere but in one place, are not more than three to a hash', () => {
  const numbers = Array.from({ length: 20_000 }, (_, at) => String(at).padStart(8, '0'))
  for (const keys of [
    numbers,
    numbers.map(number => `${number}${'x'.repeat(100)}`),
    numbers.map(number => `${'x'.repeat(100)}${number}${'y'.repeat(100)}`),
    numbers.map(number => `${'\u4e00'.repeat(5)}${number}\u4e01`),
  ]) {
    const table = new KeyTable<number>(keys.length)
    for (const [at, key] of keys.entries()) table.add(key, table.hash(key), at)
    const alike = new Map<number, number>()
    for (const key of keys) alike.set(table.hash(key), (alike.get(table.hash(key)) ?? 0) + 1)
    assert.ok(Math.max(...alike.values()) <= 3)
    for (const [at, key] of keys.entries()) assert.equal(table.valueOf(slotOf(table, key)), at)
  }
})

test('a table for less than one key is refused', () => {
  for (const max of [0, -1, Number.NaN]) assert.throws(() => new KeyTable(max), RangeError)
})
