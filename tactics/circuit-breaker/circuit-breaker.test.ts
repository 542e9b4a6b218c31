import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Cancellation, decodeSettings, type Handler, Reply, Request } from '@archlab/runtime/kit'
import { FakeClock, type FakeOptions, fakeContext, settle } from '@archlab/runtime/testing'
import circuitBreaker from './circuit-breaker.ts'

const OK = new Reply(200, '', 'fine')
const DOWN = new Reply(503, '', 'down')
const CLOSED = 0
const OPEN = 1
const HALF_OPEN = 2

/** Opens at two failures one after the other. */
const QUICK = { consecutive: 2 }

async function subject(settings: Record<string, unknown> = QUICK, options: FakeOptions = {}) {
  const clock = new FakeClock()
  const context = fakeContext(circuitBreaker, { settings, clock, ...options })
  const seen: Request[] = []
  const answers: { next: Handler } = { next: () => OK }
  const handler = (await circuitBreaker.create(context))(request => {
    seen.push(request)
    return answers.next(request)
  })
  const send = (fields = {}) =>
    handler(new Request({ method: 'GET', path: '/', arrivedAtMs: clock.nowMs(), ...fields }))
  const fail = async (times: number) => {
    answers.next = () => DOWN
    for (let at = 0; at < times; at++) await send()
    answers.next = () => OK
  }
  const state = () => context.gauge.state.value
  const counts = () => Object.fromEntries(Object.entries(context.count).map(([name, meter]) => [name, meter.value]))
  return { clock, context, seen, answers, send, fail, state, counts }
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

test('closed, request and reply pass as they are, synchronous or not', async () => {
  const { send, seen, answers, counts } = await subject()
  const request = new Request({ method: 'GET', path: '/' })
  assert.equal(send(request), OK)
  assert.equal(seen.length, 1)
  const promise = Promise.resolve(OK)
  answers.next = () => promise
  assert.equal(send(), promise)
  assert.equal(counts().allowed, 2)
})

test('open, the reply is 503 with who refused and when to return, and nothing is called', async () => {
  const { send, fail, seen, state, counts, clock } = await subject({ ...QUICK }, { replica: 'gateway/1' })
  await fail(2)
  assert.equal(state(), OPEN)
  await clock.advance(1500)
  const reply = (await send()) as Reply
  assert.equal(reply.status, 503)
  assert.equal(reply.header('retry-after'), '4')
  assert.equal(reply.header('proxy-status'), 'gateway/1; error=destination_unavailable; details="circuit-breaker"')
  assert.equal(reply.header('content-type'), 'application/problem+json')
  assert.equal(seen.length, 2)
  assert.deepEqual([counts().allowed, counts().rejected, counts().opened], [2, 1, 1])
})

test('refusals that name the same second share one prepared reply', async () => {
  const { send, fail, clock } = await subject()
  await fail(2)
  const first = send()
  await clock.advance(500)
  assert.equal(send(), first)
  await clock.advance(1000)
  assert.notEqual(send(), first)
})

test('Retry-After is never longer than it stays open, however old the arrival', async () => {
  const { send, fail } = await subject()
  await fail(2)
  assert.equal(((await send({ arrivedAtMs: 0 })) as Reply).header('retry-after'), '5')
})

test('by default it opens at 10 failures of 20 calls, not before', async () => {
  const { fail, send, state } = await subject({})
  for (let at = 0; at < 10; at++) await send()
  await fail(9)
  assert.equal(state(), CLOSED)
  await fail(1)
  assert.equal(state(), OPEN)
})

test('after its time it is half-open, also when nobody calls, and good outcomes close it', async () => {
  const { send, fail, state, clock, counts } = await subject()
  await fail(2)
  await clock.advance(4999)
  assert.equal(state(), OPEN)
  await clock.advance(1)
  assert.equal(state(), HALF_OPEN)
  await send()
  assert.equal(state(), HALF_OPEN)
  await send()
  assert.equal(state(), CLOSED)
  assert.deepEqual([counts().opened, counts().half_opened, counts().closed], [1, 1, 1])
})

test('half-open, calls beyond the permits are refused for a second', async () => {
  const { send, fail, answers, clock, counts } = await subject()
  await fail(2)
  await clock.advance(5000)
  const { next, calls } = answering()
  answers.next = next
  for (let at = 0; at < 3; at++) void send()
  const reply = (await send()) as Reply
  assert.deepEqual([reply.status, reply.header('retry-after')], [503, '1'])
  assert.deepEqual([calls.length, counts().rejected], [3, 1])
})

test('half-open, bad outcomes open it again', async () => {
  const { fail, state, clock, counts } = await subject()
  await fail(2)
  await clock.advance(5000)
  await fail(2)
  assert.equal(state(), OPEN)
  assert.equal(counts().opened, 2)
  await clock.advance(5000)
  assert.equal(state(), HALF_OPEN)
})

test('probes that never return do not wedge it', async () => {
  const { send, fail, answers, state, clock } = await subject()
  await fail(2)
  await clock.advance(5000)
  answers.next = () => new Promise(() => {})
  for (let at = 0; at < 3; at++) void send()
  answers.next = () => OK
  assert.equal(((await send()) as Reply).status, 503)
  await clock.advance(5000)
  await send()
  await send()
  assert.equal(state(), CLOSED)
})

test('a throw and a rejection are failures, and go to the caller', async () => {
  const { send, answers, state, counts } = await subject()
  answers.next = () => {
    throw new RangeError('broken')
  }
  assert.throws(() => send(), { name: 'RangeError' })
  answers.next = () => Promise.reject(new RangeError('broken'))
  await assert.rejects(async () => send(), { name: 'RangeError' })
  await settle()
  assert.equal(state(), OPEN)
  assert.equal(counts().failures, 2)
})

test('what is no reply at all is a failure, and handed on for the replica to judge', async () => {
  const { send, answers, state } = await subject()
  answers.next = () => undefined as never
  assert.equal(send(), undefined)
  answers.next = async () => null as never
  assert.equal(await send(), null)
  await settle()
  assert.equal(state(), OPEN)
})

test('a call whose caller has gone neither fails nor succeeds, and gives its permit back', async () => {
  const { send, fail, answers, state, clock, counts } = await subject({ consecutive: 2, permits: 1 })
  const { next, calls } = answering()
  answers.next = next
  const gone = () => {
    const cancellation = new Cancellation()
    void send({ cancellation })
    cancellation.cancel()
  }
  for (let at = 0; at < 3; at++) gone()
  for (const call of calls) call.resolve(DOWN)
  await settle()
  assert.equal(state(), CLOSED)
  assert.equal(counts().failures, 0)

  await fail(2)
  await clock.advance(5000)
  answers.next = next
  gone()
  calls.at(-1)!.resolve(OK)
  await settle()
  assert.equal(state(), HALF_OPEN)
  answers.next = () => OK
  await send()
  assert.equal(state(), CLOSED)
})

test('half-open, an ignored status gives the permit back', async () => {
  const { send, fail, answers, state, clock } = await subject({ consecutive: 2, permits: 1, ignore: [404] })
  await fail(2)
  await clock.advance(5000)
  answers.next = () => new Reply(404)
  assert.equal(((await send()) as Reply).status, 404)
  assert.equal(state(), HALF_OPEN)
  answers.next = () => OK
  assert.equal(await send(), OK)
  assert.equal(state(), CLOSED)
})

test('late replies of before it opened change nothing', async () => {
  const { send, fail, answers, state, clock } = await subject({ consecutive: 2, permits: 1 })
  const { next, calls } = answering()
  answers.next = next
  void send()
  void send()
  await fail(2)
  calls[0]!.resolve(OK)
  await settle()
  assert.equal(state(), OPEN)
  await clock.advance(5000)
  calls[1]!.resolve(DOWN)
  await settle()
  assert.equal(state(), HALF_OPEN)
})

test('which statuses are failures, and which say nothing, can be said', async () => {
  const { send, answers, state, counts } = await subject({ consecutive: 2, on: [429, '5xx'], ignore: [501] })
  const statuses = [429, 501, 404, 501, 500]
  for (const status of statuses) {
    answers.next = () => new Reply(status)
    await send()
  }
  assert.deepEqual([state(), counts().failures], [CLOSED, 2])
  answers.next = () => new Reply(501)
  await send()
  answers.next = async () => new Reply(429)
  await send()
  await settle()
  assert.equal(state(), OPEN)
})

test('calls that take longer than slow-call are slow, and open it at their ratio', async () => {
  const settings = { 'slow-call': '200ms', 'slow-ratio': '50%', 'min-calls': 4 }
  const { send, answers, state, clock, counts } = await subject(settings)
  const { next, calls } = answering()
  answers.next = next
  for (let at = 0; at < 4; at++) void send()
  await clock.advance(200)
  calls[0]!.resolve(OK)
  calls[1]!.resolve(OK)
  await clock.advance(1)
  calls[2]!.resolve(OK)
  await settle()
  assert.deepEqual([state(), counts().slow], [CLOSED, 1])
  calls[3]!.resolve(OK)
  await settle()
  assert.deepEqual([state(), counts().slow, counts().failures], [OPEN, 2, 0])
})

test('the slowness of a call is counted from the call, not from the arrival of the request', async () => {
  const { send, clock, counts } = await subject({ 'slow-call': '200ms' })
  await clock.advance(1000)
  await send({ arrivedAtMs: clock.nowMs() - 900 })
  assert.equal(counts().slow, 0)
})

test('report-only decides and counts, and makes every call', async () => {
  const { fail, seen, state, counts } = await subject(QUICK, { reportOnly: true })
  await fail(2)
  assert.equal(state(), OPEN)
  await fail(3)
  assert.equal(seen.length, 5)
  assert.deepEqual([counts().allowed, counts().rejected], [2, 3])
})

test('after close no timer is left, nor does a call that ends later start one', async () => {
  const { send, fail, answers, context, clock } = await subject()
  const { next, calls } = answering()
  const other = await subject()
  other.answers.next = next
  void other.send()
  void other.send()
  await fail(2)
  answers.next = () => OK
  assert.equal(clock.pending, 1)
  await context.scope.close()
  assert.equal(clock.pending, 0)
  await other.context.scope.close()
  for (const call of calls) call.resolve(DOWN)
  await settle()
  assert.equal(other.state(), OPEN)
  assert.equal(other.clock.pending, 0)
  assert.equal(((await send()) as Reply).status, 503)
})

test('settings that make no sense are refused with the place', () => {
  const check = (settings: Record<string, unknown>) =>
    circuitBreaker.check!(decodeSettings(circuitBreaker.settings, settings), { readText: () => '' }).map(
      one => one.path,
    )
  assert.deepEqual(check({}), [])
  assert.deepEqual(check({ window: '0s', 'open-for': '0s', 'half-open-timeout': '0s' }), [
    ['window'],
    ['open-for'],
    ['half-open-timeout'],
  ])
  assert.deepEqual(check({ 'failure-ratio': '0%', 'slow-ratio': '0%' }), [['failure-ratio'], ['slow-ratio']])
})

test('min-calls is never more than calls', async () => {
  const { fail, state } = await subject({ calls: 5 })
  await fail(4)
  assert.equal(state(), CLOSED)
  await fail(1)
  assert.equal(state(), OPEN)
})
