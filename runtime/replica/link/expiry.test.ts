import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { FakeClock } from '../../testing/fake-context.ts'
import { Expiry, type ExpiryEntry } from './expiry.ts'

test('an entry expires once, after its time and not before', async () => {
  const clock = new FakeClock()
  const expiry = new Expiry(clock, 100)
  let expired = 0
  expiry.add({ expire: () => expired++ }, clock.nowMs())
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
        const entries: ExpiryEntry[] = []
        for (const [index, { waitMs }] of plan.entries()) {
          await clock.advance(waitMs)
          entries.push(expiry.add({ expire: () => expired.add(index) }, clock.nowMs()))
        }
        const before = new Set(expired)
        plan.forEach(({ cancel }, index) => {
          if (cancel && !expired.has(index)) expiry.cancel(entries[index]!)
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
  expiry.add({ expire: () => assert.fail('must not expire') }, clock.nowMs())
  expiry.close()
  assert.equal(clock.pending, 0)
})
