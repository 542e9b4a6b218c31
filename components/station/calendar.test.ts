import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Calendar, type Scheduled } from './calendar.ts'

interface Entry extends Scheduled {
  name: number
}

const drained = (calendar: Calendar<Entry>): number[] => {
  const names: number[] = []
  for (let first = calendar.first; first; first = calendar.first) {
    assert.equal(calendar.firstDueMs, first.dueMs)
    calendar.remove(first)
    assert.equal(first.place, -1)
    names.push(first.name)
  }
  return names
}

test('entries come out by time, and in order of adding where times are equal, whoever has been taken out before', () => {
  const step = fc.record({ dueMs: fc.integer({ min: 0, max: 30 }), removed: fc.option(fc.nat(), { freq: 3 }) })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200, size: 'max' }), steps => {
      const calendar = new Calendar<Entry>()
      let inside: Entry[] = []
      for (const [name, { dueMs, removed }] of steps.entries()) {
        const entry: Entry = { name, dueMs: 0, turn: 0, place: -1 }
        calendar.add(entry, dueMs)
        inside.push(entry)
        if (removed === null) continue
        const one = inside[removed % inside.length]!
        calendar.remove(one)
        calendar.remove(one)
        inside = inside.filter(other => other !== one)
      }
      assert.equal(calendar.size, inside.length)
      const expected = inside.sort((one, other) => one.dueMs - other.dueMs || one.name - other.name)
      assert.deepEqual(
        drained(calendar),
        expected.map(entry => entry.name),
      )
    }),
    { numRuns: 500 },
  )
})

test('an empty calendar has nothing first, and that is never due', () => {
  const calendar = new Calendar<Entry>()
  assert.deepEqual([calendar.size, calendar.first, calendar.firstDueMs], [0, undefined, Number.POSITIVE_INFINITY])
})
