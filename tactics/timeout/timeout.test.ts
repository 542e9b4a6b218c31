import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Cancellation, decodeSettings, type Handler, Reply, Request } from '@archlab/runtime/kit'
import { FakeClock, type FakeOptions, fakeContext, settle } from '@archlab/runtime/testing'
import fc from 'fast-check'
import timeout from './timeout.ts'

const OK = new Reply(200, '', 'fine')
const START_MS = 1000

async function subject(next: Handler, settings: Record<string, unknown> = {}, options: FakeOptions = {}) {
  const clock = new FakeClock(START_MS)
  const context = fakeContext(timeout, { settings, clock, ...options })
  const seen: Request[] = []
  const handler = (await timeout.create(context))(request => {
    seen.push(request)
    return next(request)
  })
  const send = (fields = {}) =>
    handler(new Request({ method: 'GET', path: '/', arrivedAtMs: clock.nowMs(), ...fields }))
  const counts = () => [context.count.passed.value, context.count.timed_out.value, context.count.left.value]
  return { clock, context, seen, send, counts }
}

/** A handler that answers when told. */
function answering() {
  const calls: PromiseWithResolvers<Reply>[] = []
  const next: Handler = () => {
    const call = Promise.withResolvers<Reply>()
    calls.push(call)
    return call.promise
  }
  return { next, calls }
}

/** What a promise has come to so far. */
async function now(outcome: Reply | Promise<Reply>): Promise<Reply | 'waiting'> {
  await settle()
  return Promise.race([outcome, Promise.resolve('waiting' as const)])
}

test('a synchronous reply passes as it is, without timer or promise', async () => {
  const { send, clock, counts } = await subject(() => OK)
  assert.equal(send(), OK)
  assert.equal(clock.pending, 0)
  assert.deepEqual(counts(), [1, 0, 0])
})

test('a reply in time passes as it is, and its time is not waited out', async () => {
  const { next, calls } = answering()
  const { send, clock, counts, seen } = await subject(next)
  const outcome = send()
  await clock.advance(1998)
  assert.equal(await now(outcome), 'waiting')
  calls[0]!.resolve(OK)
  assert.equal(await outcome, OK)
  await clock.advance(5000)
  assert.deepEqual(counts(), [1, 0, 0])
  assert.equal(seen[0]!.cancellation.cancelled, false)
})

test('without a reply it answers 504 after 2 s by default, names itself and aborts the call', async () => {
  const { next, calls } = answering()
  const { send, clock, counts, seen } = await subject(next, {}, { replica: 'gateway/1' })
  const outcome = send()
  await clock.advance(2000)
  const reply = (await now(outcome)) as Reply
  assert.equal(reply.status, 504)
  assert.equal(reply.header('proxy-status'), 'gateway/1; error=http_response_timeout; details="timeout"')
  assert.equal(reply.header('content-type'), 'application/problem+json')
  assert.equal(seen[0]!.cancellation.cancelled, true)
  assert.deepEqual(counts(), [0, 1, 0])
  calls[0]!.resolve(OK)
  assert.equal((await outcome).status, 504)
  assert.deepEqual(counts(), [0, 1, 0])
})

test('what gave up at the deadline handed down has timed out too, though it answers a moment earlier', async () => {
  const gaveUp = new Reply(504, '', 'a hop behind')
  for (const reportOnly of [false, true]) {
    const { next, calls } = answering()
    const { send, clock, counts } = await subject(next, {}, { reportOnly })
    const outcomes = [send(), send(), send({ deadlineMs: START_MS + 300 })]
    await clock.advance(100)
    calls[0]!.resolve(gaveUp)
    assert.equal(await outcomes[0], gaveUp)
    assert.deepEqual(counts(), [1, 0, 0])
    await clock.advance(198)
    calls[2]!.resolve(gaveUp)
    await clock.advance(1700)
    calls[1]!.resolve(gaveUp)
    await settle()
    assert.deepEqual(counts(), [1, 2, 0])
    for (const outcome of outcomes.slice(1)) {
      const details = reportOnly ? undefined : 'subject/0; error=http_response_timeout; details="timeout"'
      assert.equal((await outcome).header('proxy-status'), details)
    }
  }
})

test('an error that comes too late is heard by nobody', async () => {
  const { next, calls } = answering()
  const { send, clock, counts } = await subject(next)
  const outcome = send()
  await clock.advance(2000)
  calls[0]!.reject(new Error('broken'))
  assert.equal((await outcome).status, 504)
  assert.deepEqual(counts(), [0, 1, 0])
})

test('the time left travels along: the smaller of the limit and what the caller handed down', async () => {
  const { next } = answering()
  const { send, seen, clock } = await subject(next, { after: '500ms' })
  void send()
  void send({ deadlineMs: START_MS + 200 })
  void send({ deadlineMs: START_MS + 900 })
  await clock.advance(100)
  // It arrived before, and has waited elsewhere since: the limit is that of this call.
  void send({ arrivedAtMs: START_MS })
  const left = seen.map(request => request.deadlineMs - START_MS)
  assert.deepEqual(left, [500, 200, 500, 600])
})

test('a caller that stops waiting earlier is answered 504 at its own deadline', async () => {
  const { next } = answering()
  const { send, clock, counts, seen } = await subject(next)
  const hurried = send({ deadlineMs: START_MS + 300 })
  const patient = send({ deadlineMs: START_MS + 9000 })
  await clock.advance(298)
  assert.equal(await now(hurried), 'waiting')
  await clock.advance(2)
  assert.equal(((await now(hurried)) as Reply).status, 504)
  assert.equal(await now(patient), 'waiting')
  await clock.advance(1700)
  assert.equal(((await now(patient)) as Reply).status, 504)
  assert.deepEqual(counts(), [0, 2, 0])
  assert.deepEqual(
    seen.map(request => request.cancellation.cancelled),
    [true, true],
  )
})

test('a request whose deadline has passed is not begun', async () => {
  const { send, seen, counts } = await subject(() => OK)
  assert.equal(((await send({ deadlineMs: START_MS })) as Reply).status, 504)
  assert.equal(seen.length, 0)
  assert.deepEqual(counts(), [0, 1, 0])
})

test('a caller that goes takes the call with it, which counts neither as passed nor as timed out', async () => {
  const { next, calls } = answering()
  const { send, clock, counts, seen } = await subject(next)
  const cancellation = new Cancellation()
  const outcome = send({ cancellation })
  cancellation.cancel()
  assert.equal(seen[0]!.cancellation.cancelled, true)
  assert.ok((await outcome) instanceof Reply)
  calls[0]!.resolve(OK)
  await clock.advance(5000)
  assert.deepEqual(counts(), [0, 0, 1])
})

test('for a caller that has gone before, nothing is begun', async () => {
  const { send, seen, counts } = await subject(() => OK)
  const cancellation = new Cancellation()
  cancellation.cancel()
  assert.ok((await send({ cancellation })) instanceof Reply)
  assert.equal(seen.length, 0)
  assert.deepEqual(counts(), [0, 0, 1])
})

test('an error in time goes to the caller', async () => {
  const { next, calls } = answering()
  const { send, counts } = await subject(next)
  const outcome = send()
  calls[0]!.reject(new RangeError('broken'))
  await assert.rejects(async () => outcome, { name: 'RangeError' })
  const throwing = await subject(() => {
    throw new RangeError('broken')
  })
  assert.throws(() => throwing.send(), { name: 'RangeError' })
  assert.deepEqual(counts(), [1, 0, 0])
  assert.deepEqual(throwing.counts(), [1, 0, 0])
})

test('a listener that throws when the call is aborted is logged once and harms no other call', async () => {
  const next: Handler = request => {
    request.cancellation.onCancel(() => {
      throw new Error('listener broke')
    })
    return new Promise(() => {})
  }
  const { send, clock, context, counts } = await subject(next)
  const outcomes = [send(), send(), send({ deadlineMs: START_MS + 100 })]
  await clock.advance(2000)
  for (const outcome of outcomes) assert.equal(((await now(outcome)) as Reply).status, 504)
  assert.deepEqual(
    context.logged.map(({ event }) => event),
    ['abort-failed'],
  )
  assert.deepEqual(counts(), [0, 3, 0])
})

test('any number of calls under way need no more than one timer for the limit and one for deadlines', async () => {
  const { next } = answering()
  const { send, clock, context } = await subject(next)
  for (let at = 0; at < 100; at++) {
    void send()
    void send({ deadlineMs: START_MS + 100 + at })
  }
  assert.equal(clock.pending, 2)
  await context.scope.close()
  assert.equal(clock.pending, 0)
})

test('every call ends exactly once, by what happens first', async () => {
  // Each kind of event has a place of its own in every 8 ms, because a timer may fire up to 1 ms early.
  const every8Ms = (offset: number) =>
    fc.option(
      fc.nat(50).map(count => count * 8 + offset),
      { nil: Number.POSITIVE_INFINITY },
    )
  const plan = fc.record({
    waitMs: fc.nat(12).map(count => count * 8),
    repliesMs: every8Ms(2),
    leavesMs: every8Ms(4),
    deadlineMs: every8Ms(6),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(plan, { maxLength: 20 }), async plans => {
      let repliesMs = 0
      const next: Handler = () => new Promise(resolve => clock.after(repliesMs, () => resolve(OK)))
      const { send, clock, counts } = await subject(next, { after: '200ms' })
      const expected = [0, 0, 0]
      for (const one of plans) {
        await clock.advance(one.waitMs)
        repliesMs = one.repliesMs
        const cancellation = new Cancellation()
        clock.after(one.leavesMs, () => cancellation.cancel())
        void send({ cancellation, deadlineMs: clock.nowMs() + one.deadlineMs })
        const ends = [one.repliesMs, Math.min(200, one.deadlineMs), one.leavesMs]
        expected[ends.indexOf(Math.min(...ends))]! += 1
      }
      await clock.advance(1000)
      assert.deepEqual(counts(), expected)
    }),
    { numRuns: 60 },
  )
})

test('report-only counts what would have timed out, sets no deadline and aborts nothing', async () => {
  const { next, calls } = answering()
  const { send, clock, counts, seen } = await subject(next, {}, { reportOnly: true })
  const outcomes = [send(), send({ deadlineMs: START_MS + 300 }), send()]
  calls[2]!.reject(new RangeError('broken'))
  await assert.rejects(async () => outcomes[2], { name: 'RangeError' })
  await clock.advance(2500)
  assert.deepEqual(counts(), [1, 2, 0])
  assert.deepEqual(
    seen.map(request => request.deadlineMs),
    [Number.POSITIVE_INFINITY, START_MS + 300, Number.POSITIVE_INFINITY],
  )
  calls[0]!.resolve(OK)
  calls[1]!.resolve(OK)
  assert.equal(await outcomes[0], OK)
  assert.equal(await outcomes[1], OK)
  assert.ok(seen.every(request => !request.cancellation.cancelled))
  assert.deepEqual(counts(), [1, 2, 0])
})

test('a time below 1ms is refused', () => {
  const check = (after: string) =>
    timeout.check!(decodeSettings(timeout.settings, { after }), { readText: () => '' }).map(({ path }) => path)
  assert.deepEqual(check('0s'), [['after']])
  assert.deepEqual(check('999us'), [['after']])
  assert.deepEqual(check('1ms'), [])
})
