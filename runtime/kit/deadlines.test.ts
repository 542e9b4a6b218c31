import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { FakeClock } from '../testing/fake-context.ts'
import { Deadlines, type Due } from './deadlines.ts'

const item = (expire: () => void = () => assert.fail('must not expire')): Due => ({ dueMs: 0, place: -1, expire })

test('entries expire once each, at their own time, whatever the order in which they came', async () => {
  const clock = new FakeClock(0)
  const deadlines = new Deadlines(clock)
  const expired: [number, number][] = []
  for (const dueMs of [300, 100, 200]) {
    const entry = item(() => expired.push([dueMs, clock.nowMs()]))
    deadlines.add(entry, dueMs, 0)
  }
  await clock.advance(1000)
  assert.deepEqual(expired, [
    [100, 100],
    [200, 200],
    [300, 300],
  ])
  assert.equal(clock.pending, 0)
})

test('of entries added and removed in any order, exactly the others expire, each at its time', async () => {
  const step = fc.record({ waitMs: fc.nat(30), leftMs: fc.nat(300), remove: fc.option(fc.nat(40)) })
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async plan => {
      const clock = new FakeClock(0)
      const deadlines = new Deadlines(clock)
      const entries: Due[] = []
      const waiting = new Map<Due, number>()
      for (const { waitMs, leftMs, remove } of plan) {
        await clock.advance(waitMs)
        const dueMs = clock.nowMs() + leftMs
        const entry = item(() => {
          assert.ok(waiting.delete(entry), 'expired twice, or after it was removed')
          assert.ok(Math.abs(clock.nowMs() - dueMs) <= 1, `due ${dueMs}, expired ${clock.nowMs()}`)
        })
        deadlines.add(entry, dueMs, clock.nowMs())
        entries.push(entry)
        waiting.set(entry, dueMs)
        const taken = remove === null ? undefined : entries[remove]
        if (taken) {
          deadlines.remove(taken)
          waiting.delete(taken)
        }
        assert.equal(deadlines.size, waiting.size)
      }
      await clock.advance(400)
      assert.equal(waiting.size, 0)
      assert.equal(deadlines.size, 0)
      assert.equal(clock.pending, 0)
    }),
  )
})

test('many deadlines need one timer', () => {
  const clock = new FakeClock(0)
  const deadlines = new Deadlines(clock)
  for (let dueMs = 1000; dueMs > 0; dueMs -= 7) deadlines.add(item(), dueMs, 0)
  assert.equal(clock.pending, 1)
})

test('an entry that expires may add another one', async () => {
  const clock = new FakeClock(0)
  const deadlines = new Deadlines(clock)
  let second = 0
  const first = item(() =>
    deadlines.add(
      item(() => second++),
      clock.nowMs() + 50,
      clock.nowMs(),
    ),
  )
  deadlines.add(first, 100, 0)
  await clock.advance(149)
  assert.equal(second, 0)
  await clock.advance(1)
  assert.equal(second, 1)
})

test('an entry that throws does not keep the later ones from expiring', async () => {
  const clock = new FakeClock(0)
  const deadlines = new Deadlines(clock)
  let expired = 0
  const faulty = item(() => {
    throw new Error('broken')
  })
  deadlines.add(faulty, 100, 0)
  deadlines.add(
    item(() => expired++),
    100.5,
    0,
  )
  await assert.rejects(clock.advance(100), { message: 'broken' })
  await clock.advance(2)
  assert.equal(expired, 1)
})

test('what never falls due is not taken in, and removing it does nothing', () => {
  const clock = new FakeClock(0)
  const deadlines = new Deadlines(clock)
  const endless = item()
  deadlines.add(endless, Number.POSITIVE_INFINITY, 0)
  deadlines.remove(endless)
  assert.deepEqual([deadlines.size, clock.pending], [0, 0])
})

test('closed deadlines leave no timer and take nothing in', async () => {
  const clock = new FakeClock(0)
  const deadlines = new Deadlines(clock)
  const entry = item()
  deadlines.add(entry, 50, 0)
  deadlines.close()
  deadlines.remove(entry)
  deadlines.add(item(), 60, 0)
  assert.deepEqual([deadlines.size, clock.pending], [0, 0])
  await clock.advance(100)
})
