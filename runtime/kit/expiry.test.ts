import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { FakeClock } from '../testing/fake-context.ts'
import { type Expiring, Expiry } from './expiry.ts'

const item = (expire: () => void): Expiring => ({ dueMs: 0, before: undefined, after: undefined, expire })

test('an entry expires once, after its time and not before', async () => {
  const clock = new FakeClock()
  const expiry = new Expiry(clock, 100)
  let expired = 0
  expiry.add(
    item(() => expired++),
    clock.nowMs(),
  )
  await clock.advance(98)
  assert.equal(expired, 0)
  await clock.advance(2)
  assert.equal(expired, 1)
  await clock.advance(1000)
  assert.equal(expired, 1)
})

test('of entries added and cancelled in any order, exactly the others expire', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ waitMs: fc.nat(60), cancel: fc.boolean() }), { maxLength: 30 }),
      async plan => {
        const clock = new FakeClock()
        const expiry = new Expiry(clock, 50)
        const expired = new Set<number>()
        const entries: Expiring[] = []
        for (const [index, { waitMs }] of plan.entries()) {
          await clock.advance(waitMs)
          const entry = item(() => expired.add(index))
          expiry.add(entry, clock.nowMs())
          entries.push(entry)
        }
        const before = new Set(expired)
        plan.forEach(({ cancel }, index) => {
          if (cancel && !expired.has(index)) expiry.remove(entries[index]!)
        })
        await clock.advance(200)
        plan.forEach(({ cancel }, index) => {
          assert.equal(expired.has(index), before.has(index) || !cancel, `entry ${index}`)
        })
        assert.equal(clock.pending, 0)
      },
    ),
  )
})

test('a closed expiry leaves no timer', () => {
  const clock = new FakeClock()
  const expiry = new Expiry(clock, 50)
  expiry.add(
    item(() => assert.fail('must not expire')),
    clock.nowMs(),
  )
  expiry.close()
  assert.equal(clock.pending, 0)
})
