import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { EventCalendar, type Ticket } from './event-calendar.ts'

type Step = { type: 'schedule'; atMs: number } | { type: 'take' } | { type: 'call off'; which: number }

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({ type: fc.constant('schedule' as const), atMs: fc.integer({ min: 0, max: 20 }) }),
  },
  { weight: 2, arbitrary: fc.constant({ type: 'take' as const }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('call off' as const), which: fc.nat(100) }) },
)

test('whatever is scheduled and called off, things come in order of time, and of one time in order of scheduling', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 300 }), steps => {
      const calendar = new EventCalendar<number>()
      const tickets: Ticket[] = []
      // A list in the order of scheduling; the first of the earliest is next.
      let expected: { atMs: number; item: number }[] = []
      for (const one of steps) {
        if (one.type === 'schedule') {
          expected.push({ atMs: one.atMs, item: tickets.length })
          tickets.push(calendar.schedule(one.atMs, tickets.length))
        } else if (one.type === 'take') {
          const next = expected.reduce<(typeof expected)[number] | undefined>(
            (first, other) => (first && first.atMs <= other.atMs ? first : other),
            undefined,
          )
          assert.equal(calendar.nextMs, next?.atMs ?? Number.POSITIVE_INFINITY)
          assert.equal(calendar.take(), next?.item)
          expected = expected.filter(other => other !== next)
        } else if (tickets.length > 0) {
          const which = one.which % tickets.length
          const isThere = expected.some(({ item }) => item === which)
          assert.equal(calendar.callOff(tickets[which]!), isThere)
          expected = expected.filter(({ item }) => item !== which)
        }
        assert.equal(calendar.size, expected.length)
      }
    }),
  )
})

test('a ticket of what has happened calls nothing off, although its slot is used again', () => {
  const calendar = new EventCalendar<string>()
  const first = calendar.schedule(1, 'first')
  assert.equal(calendar.take(), 'first')
  calendar.schedule(2, 'second')
  assert.equal(calendar.callOff(first), false)
  assert.equal(calendar.take(), 'second')
  assert.equal(calendar.take(), undefined)
})
