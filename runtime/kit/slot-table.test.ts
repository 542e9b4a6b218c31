import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { SlotMirror, SlotTable } from './slot-table.ts'

test('after any sequence of additions and removals the table and its mirror hold what a Map would', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(20), { maxLength: 200 }), steps => {
      const table = new SlotTable<{ step: number }>()
      const mirror = new SlotMirror<{ step: number }>()
      const model = new Map<number, { step: number }>()
      for (const [step, choice] of steps.entries()) {
        const known = [...model.keys()][choice]
        if (known === undefined) {
          const value = { step }
          const id = table.add(value)
          assert.ok(id > 0 && !model.has(id))
          mirror.set(id, value)
          model.set(id, value)
        } else {
          assert.equal(mirror.get(known), model.get(known))
          assert.equal(table.take(known), model.get(known))
          assert.equal(table.take(known), undefined)
          mirror.delete(known)
          assert.equal(mirror.get(known), undefined)
          model.delete(known)
        }
        assert.equal(table.size, model.size)
      }
      assert.deepEqual(new Set(mirror.values()), new Set(model.values()))
      assert.deepEqual(new Set(table.takeAll()), new Set(model.values()))
      assert.equal(table.size, 0)
    }),
  )
})

test('an id of an earlier tenant of a slot finds nothing', () => {
  const table = new SlotTable<string>()
  const first = table.add('first')
  table.take(first)
  const second = table.add('second')
  assert.notEqual(first, second)
  assert.equal(table.take(first), undefined)
  assert.equal(table.take(second), 'second')
})

test('slots are used again, so a table grows only to the largest number under way', () => {
  const table = new SlotTable<number>()
  for (let round = 1; round <= 1000; round++) assert.equal(table.take(table.add(round)) ?? 0, round)
  assert.equal(table.add(1) % 2 ** 20, 0)
})

test('deleting an old id from a mirror leaves its successor alone', () => {
  const mirror = new SlotMirror<string>()
  mirror.set(2 ** 20, 'first')
  mirror.set(2 ** 21, 'second')
  mirror.delete(2 ** 20)
  assert.equal(mirror.get(2 ** 21), 'second')
  assert.equal(mirror.get(2 ** 20), undefined)
})
