import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Cancellation, type CancellationListener } from '@archlab/runtime/kit'
import { START_MS, type Subject, subject, times, totals } from './test-subject.ts'

for (const where of ['in the queue', 'in service'] as const) {
  const crowd = (one: Subject): void => {
    if (where === 'in the queue') void one.send()
  }

  test(`a request whose caller goes ${where} leaves at once, and its place goes to the next`, async () => {
    const one = await subject({ queue: { capacity: 1 } })
    crowd(one)
    const cancellation = new Cancellation()
    const outcome = one.send({ cancellation })
    await one.clock.advance(4)
    cancellation.cancel()
    assert.equal((await outcome).status, 503)
    assert.equal(one.counts().abandoned, 1)
    const next = one.send()
    await one.clock.advance(20)
    assert.equal(times(await next).waitedMs, where === 'in service' ? 0 : 6)
  })

  test(`a request whose deadline passes ${where} is answered 504 then, however late the timer, and frees its place`, async () => {
    const one = await subject({ queue: { capacity: 5 } })
    crowd(one)
    one.clock.lateMs = 1
    const outcome = one.send({ deadlineMs: START_MS + 7 })
    const next = one.send()
    await one.clock.advance(8)
    const reply = await outcome
    assert.equal(reply.status, 504)
    assert.equal(reply.header('proxy-status'), 'subject/0; error=http_response_timeout; details="deadline"')
    await one.clock.advance(20)
    assert.equal(times(await next).waitedMs, where === 'in service' ? 7 : 10)
    assert.equal(one.counts().abandoned, 1)
  })

  test(`with abandoned: serve a request whose caller goes or whose time is over ${where} is served all the same`, async () => {
    const one = await subject({ abandoned: 'serve' })
    crowd(one)
    const cancellation = new Cancellation()
    const outcome = one.send({ cancellation, deadlineMs: START_MS + 3 })
    await one.clock.advance(4)
    cancellation.cancel()
    const next = one.send()
    await one.clock.advance(40)
    assert.equal((await outcome).status, 200)
    assert.equal(times(await next).waitedMs, where === 'in service' ? 6 : 16)
    assert.deepEqual([one.counts().abandoned, one.counts().served], [0, where === 'in service' ? 2 : 3])
  })
}

test('a request that is late or alone already when it comes takes no time', async () => {
  const { send, counts, clock } = await subject()
  const cancellation = new Cancellation()
  cancellation.cancel()
  assert.equal((await send({ cancellation })).status, 503)
  assert.equal((await send({ deadlineMs: START_MS - 1 })).status, 504)
  const next = send()
  await clock.advance(10)
  assert.equal(times(await next).waitedMs, 0)
  assert.deepEqual(totals(counts()), [3, 1, 0, 2])
})

test('a reply in time leaves no listener with the caller', async () => {
  const { send, counts, clock } = await subject()
  const listeners = new Set<CancellationListener>()
  class Watched extends Cancellation {
    override attach(listener: CancellationListener): void {
      listeners.add(listener)
      super.attach(listener)
    }
    override detach(listener: CancellationListener): void {
      listeners.delete(listener)
      super.detach(listener)
    }
  }
  const cancellation = new Watched()
  const outcome = send({ cancellation })
  assert.equal(listeners.size, 1)
  await clock.advance(10)
  assert.equal((await outcome).status, 200)
  assert.equal(listeners.size, 0)
  cancellation.cancel()
  assert.deepEqual(totals(counts()), [1, 1, 0, 0])
})
