import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Cancellation, json } from '@archlab/runtime/kit'
import { FakeClock } from '@archlab/runtime/testing'
import { answering, isSettled, start, waiting } from './test-subject.ts'

/* Requests whose caller has gone, or whose time is over. */

test('nothing is done for a caller that has gone: a wait ends with 503 and no call follows', async () => {
  const a = answering()
  const { ask, context } = await start([{ work: '1h' }, { call: 'a' }], { a: a.link })
  const cancellation = new Cancellation()
  const reply = ask({ cancellation })
  cancellation.cancel()
  assert.equal((await reply).status, 503)
  assert.deepEqual([a.asked.length, context.count.ended_early.value], [0, 1])
})

test('a caller that goes while a call is under way gets no further call', async () => {
  const a = waiting()
  const { ask, context } = await start([{ call: 'a' }, { call: 'a' }], { a: a.link })
  const cancellation = new Cancellation()
  const reply = ask({ cancellation })
  cancellation.cancel()
  a.open[0]!.answer(json(200, {}))
  assert.equal((await reply).status, 503)
  assert.deepEqual([a.open.length, context.count.ended_early.value], [1, 1])
})

test('work that lasts longer than the caller waits ends with 504 at the deadline', async () => {
  const { ask, clock, context } = await start([{ work: '50ms' }])
  const reply = ask({ deadlineMs: clock.nowMs() + 20 })
  await clock.advance(18)
  assert.equal(await isSettled(reply), false)
  await clock.advance(2)
  assert.equal((await reply).status, 504)
  assert.match((await reply).headers, /c\/0; error=http_response_timeout; details="script"/)
  assert.equal(context.count.ended_early.value, 1)
})

test('a call that got no reply before the time of the caller was over has not failed: the answer is 504', async () => {
  for (const traced of [false, true]) {
    const [a, clock] = [waiting(), new FakeClock()]
    const { ask, context } = await start([{ call: 'a' }, { call: 'a' }], { a: a.link }, { clock })
    const fields = { deadlineMs: clock.nowMs() + 20, ...(traced ? { trace: { entries: [] } } : {}) }
    const [reply, early] = [ask(fields), ask(fields)]
    a.open[1]!.answer(json(504, {}))
    assert.equal((await early).status, 500, 'the callee gave up, and there is time left')
    await clock.advance(19)
    a.open[0]!.answer(json(504, {}))
    assert.equal((await reply).status, 504)
    const { ended_early, failed_calls } = context.count
    assert.deepEqual([ended_early.value, failed_calls.value, a.open.length], [1, 2, 2])
  }
})

test('a replica that closes ends its waits with 503', async () => {
  const { ask, context, clock } = await start([{ work: '1h' }])
  const reply = ask()
  await context.scope.close()
  assert.deepEqual([(await reply).status, clock.pending], [503, 0])
  assert.equal((await ask()).status, 503)
})
