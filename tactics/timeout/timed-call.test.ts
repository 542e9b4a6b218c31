import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Cancellation, type CancellationListener, Reply, Request } from '@archlab/runtime/kit'
import { FakeClock, fakeContext, settle } from '@archlab/runtime/testing'
import { TimedCall, TimeLimit } from './timed-call.ts'
import timeout from './timeout.ts'

class WatchedCancellation extends Cancellation {
  readonly listeners = new Set<CancellationListener>()

  override attach(listener: CancellationListener): void {
    this.listeners.add(listener)
    super.attach(listener)
  }

  override detach(listener: CancellationListener): void {
    this.listeners.delete(listener)
    super.detach(listener)
  }
}

function subject() {
  const clock = new FakeClock(0)
  const { count } = fakeContext(timeout)
  const limit = new TimeLimit(100, {
    clock,
    count,
    tooLate: new Reply(504),
    aborted: error => assert.fail(String(error)),
  })
  const call = (deadlineMs: number, outcome: Promise<Reply>) => {
    const cancellation = new WatchedCancellation()
    const caller = new Request({ method: 'GET', path: '/', deadlineMs, cancellation })
    return { timed: new TimedCall(limit, caller, clock.nowMs(), outcome, new Cancellation()), cancellation }
  }
  return { clock, limit, call }
}

test('a call that has ended is in no list any more and listens to nobody, however it ended', async () => {
  for (const deadlineMs of [Number.POSITIVE_INFINITY, 50]) {
    const { clock, call } = subject()
    const replied = Promise.withResolvers<Reply>()
    const never = new Promise<Reply>(() => {})
    const calls = [call(deadlineMs, never), call(deadlineMs, replied.promise), call(deadlineMs, never)]
    assert.deepEqual(
      calls.map(({ cancellation }) => cancellation.listeners.size),
      [1, 1, 1],
    )
    replied.resolve(new Reply(200))
    calls[0]!.cancellation.cancel()
    await settle()
    const last = calls[2]!.timed
    assert.deepEqual([last.before, last.after], [undefined, undefined], 'it stands alone')
    await clock.advance(100)
    for (const { timed, cancellation } of calls) {
      assert.deepEqual([timed.before, timed.after, timed.place], [undefined, undefined, -1])
      assert.equal(cancellation.listeners.size, 0)
    }
    assert.equal(clock.pending, 0)
  }
})

test('a call that has ended before its deadline has left the heap of deadlines', async () => {
  const { call } = subject()
  const { timed } = call(50, Promise.resolve(new Reply(200)))
  assert.equal(timed.place, 0)
  await settle()
  assert.equal(timed.place, -1)
})
