import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Cancellation, decodeSettings, type Handler, Reply, Request } from '@archlab/runtime/kit'
import { FakeClock, type FakeOptions, fakeContext, settle } from '@archlab/runtime/testing'
import bulkhead from './bulkhead.ts'

const OK = new Reply(200, '', 'fine')
const START_MS = 1000

async function subject(settings: Record<string, unknown>, options: FakeOptions = {}) {
  const clock = new FakeClock(START_MS)
  const context = fakeContext(bulkhead, { settings, clock, ...options })
  /** Paths of those who were let in, in order. */
  const begun: string[] = []
  const calls = new Map<string, PromiseWithResolvers<Reply>>()
  const answers: { next: Handler } = {
    next: request => {
      const call = Promise.withResolvers<Reply>()
      calls.set(request.path, call)
      return call.promise
    },
  }
  const handler = (await bulkhead.create(context))(request => {
    begun.push(request.path)
    return answers.next(request)
  })
  const send = (path: string, fields = {}) =>
    handler(new Request({ method: 'GET', path, arrivedAtMs: clock.nowMs(), ...fields }))
  const finish = async (path: string): Promise<void> => {
    calls.get(path)!.resolve(OK)
    await settle()
  }
  const counts = () => Object.fromEntries(Object.entries(context.count).map(([name, meter]) => [name, meter.value]))
  const gauges = () => [context.gauge.running.value, context.gauge.waiting.value]
  return { clock, context, begun, calls, answers, send, finish, counts, gauges }
}

test('with room, request and reply pass as they are, synchronous or not', async () => {
  const { send, answers, gauges, counts } = await subject({ 'max-concurrent': 1 })
  answers.next = () => OK
  assert.equal(send('/a'), OK)
  const promise = Promise.resolve(OK)
  answers.next = () => promise
  assert.equal(send('/b'), promise)
  assert.deepEqual(gauges(), [1, 0])
  await settle()
  assert.deepEqual(gauges(), [0, 0])
  assert.equal(counts().allowed, 2)
})

test('without room the reply is 503 with who refused and when to return, and the same for all', async () => {
  const { send, begun, counts } = await subject({ 'max-concurrent': 2 }, { replica: 'gateway/1' })
  void send('/a')
  void send('/b')
  const reply = (await send('/c')) as Reply
  assert.equal(reply.status, 503)
  assert.equal(reply.header('retry-after'), '1')
  assert.equal(reply.header('proxy-status'), 'gateway/1; error=connection_limit_reached; details="bulkhead"')
  assert.equal(reply.header('content-type'), 'application/problem+json')
  assert.equal(send('/d'), reply)
  assert.deepEqual(begun, ['/a', '/b'])
  assert.deepEqual([counts().allowed, counts().rejected], [2, 2])
})

test('by default 64 run at once and none waits', async () => {
  const { send, begun, counts } = await subject({})
  for (let at = 0; at < 70; at++) void send(`/${at}`)
  assert.deepEqual([begun.length, counts().rejected, counts().queued], [64, 6, 0])
})

test('who waits is served in order of coming, or the newest first', async () => {
  for (const [order, expected] of [
    ['fifo', ['/a', '/b', '/c', '/d']],
    ['lifo', ['/a', '/d', '/c', '/b']],
  ] as const) {
    const { send, begun, finish, counts } = await subject({ 'max-concurrent': 1, queue: 3, order })
    const outcomes = ['/a', '/b', '/c', '/d'].map(path => send(path))
    assert.equal(((await send('/e')) as Reply).status, 503)
    for (const path of expected) await finish(path)
    assert.deepEqual(begun, expected)
    for (const outcome of outcomes) assert.equal(await outcome, OK)
    assert.deepEqual([counts().allowed, counts().queued, counts().rejected], [4, 3, 1])
  }
})

test('who waits for too long is refused, and its turn goes to the next', async () => {
  const { send, begun, finish, clock, counts, gauges } = await subject({ 'max-concurrent': 1, queue: 5 })
  void send('/a')
  const early = send('/b')
  await clock.advance(600)
  const late = send('/c')
  await clock.advance(400)
  assert.equal((await early).status, 503)
  assert.deepEqual([counts().timed_out, ...gauges()], [1, 1, 1])
  await finish('/a')
  assert.deepEqual(begun, ['/a', '/c'])
  await finish('/c')
  assert.equal(await late, OK)
})

test('who waits leaves at its own deadline, and one whose deadline has passed does not wait', async () => {
  const { send, begun, finish, clock, counts } = await subject({ 'max-concurrent': 1, queue: 5 })
  void send('/a')
  const hurried = send('/b', { deadlineMs: START_MS + 300 })
  const patient = send('/c', { deadlineMs: START_MS + 9000 })
  assert.equal(((await send('/d', { deadlineMs: START_MS })) as Reply).status, 503)
  await clock.advance(300)
  assert.equal((await hurried).status, 503)
  assert.equal(counts().timed_out, 2)
  await finish('/a')
  await finish('/c')
  assert.deepEqual(begun, ['/a', '/c'])
  assert.equal(await patient, OK)
})

test('who waits leaves when its caller goes, and one that has gone does not wait', async () => {
  const { send, begun, finish, counts, gauges } = await subject({ 'max-concurrent': 1, queue: 1 })
  void send('/a')
  const cancellation = new Cancellation()
  const outcome = send('/b', { cancellation })
  assert.deepEqual(gauges(), [1, 1])
  cancellation.cancel()
  assert.ok((await outcome) instanceof Reply)
  assert.ok((await send('/c', { cancellation })) instanceof Reply)
  assert.deepEqual(gauges(), [1, 0])
  void send('/d')
  await finish('/a')
  assert.deepEqual(begun, ['/a', '/d'])
  assert.deepEqual([counts().left, counts().rejected], [2, 0])
})

test('a request keeps its place until its work ends, even when its caller goes', async () => {
  const { send, finish } = await subject({ 'max-concurrent': 1 })
  const cancellation = new Cancellation()
  void send('/a', { cancellation })
  cancellation.cancel()
  assert.equal(((await send('/b')) as Reply).status, 503)
  await finish('/a')
  const outcome = send('/c')
  await finish('/c')
  assert.equal(await outcome, OK)
})

test('a throw and a rejection give the place back and go to the caller, waited or not', async () => {
  const { send, answers, finish, calls, gauges } = await subject({ 'max-concurrent': 1, queue: 5 })
  const hold = answers.next
  answers.next = () => {
    throw new RangeError('broken')
  }
  assert.throws(() => send('/a'), { name: 'RangeError' })
  answers.next = hold
  const rejected = send('/b')
  calls.get('/b')!.reject(new RangeError('broken'))
  await assert.rejects(async () => rejected, { name: 'RangeError' })
  void send('/c')
  const waiting = [send('/d'), send('/e')]
  answers.next = () => {
    throw new RangeError('broken')
  }
  const failed = waiting.map(outcome => assert.rejects(async () => outcome, { name: 'RangeError' }))
  await finish('/c')
  await Promise.all(failed)
  assert.deepEqual(gauges(), [0, 0])
})

test('ten thousand who wait and come out at once do not overflow the stack', async () => {
  const { send, answers, finish, counts } = await subject({ 'max-concurrent': 1, queue: 10_000 })
  void send('/a')
  const outcomes = Array.from({ length: 10_000 }, () => send('/b'))
  answers.next = () => OK
  await finish('/a')
  for (const outcome of outcomes) assert.equal(await outcome, OK)
  assert.equal(counts().allowed, 10_001)
})

test('one whose time is over when its turn comes is not begun, though the timer is late', async () => {
  const timers: (() => void)[] = []
  let nowMs = START_MS
  const stuck = {
    nowMs: () => nowMs,
    wallMs: () => nowMs,
    after: (_: number, callback: () => void) => {
      timers.push(callback)
      return () => {}
    },
    at: () => assert.fail(),
  }
  const { send, begun, finish, counts } = await subject({ 'max-concurrent': 1, queue: 5 }, { clock: stuck })
  void send('/a', { arrivedAtMs: nowMs })
  const outcome = send('/b', { arrivedAtMs: nowMs })
  nowMs += 1500
  await finish('/a')
  assert.equal((await outcome).status, 503)
  for (const fire of timers) fire()
  assert.deepEqual(begun, ['/a'])
  assert.equal(counts().timed_out, 1)
})

test('closed, it refuses who waits, keeps no timer and lets nobody wait', async () => {
  const { send, context, clock, counts } = await subject({ 'max-concurrent': 1, queue: 5 })
  void send('/a')
  const waiting = [send('/b'), send('/c', { deadlineMs: START_MS + 100 })]
  assert.equal(clock.pending, 2)
  await context.scope.close()
  assert.equal(clock.pending, 0)
  for (const outcome of waiting) assert.equal((await outcome).status, 503)
  assert.equal(((await send('/d')) as Reply).status, 503)
  assert.deepEqual([counts().rejected, counts().queued], [3, 2])
})

test('report-only lets every request in at once and counts who would have waited or been refused', async () => {
  const { send, begun, counts, gauges, finish } = await subject({ 'max-concurrent': 2, queue: 1 }, { reportOnly: true })
  for (const path of ['/a', '/b', '/c', '/d', '/e']) void send(path)
  assert.equal(begun.length, 5)
  assert.deepEqual([counts().allowed, counts().queued, counts().rejected], [3, 1, 2])
  assert.deepEqual(gauges(), [5, 0])
  for (const path of begun) await finish(path)
  assert.deepEqual(gauges(), [0, 0])
})

test('a queue timeout below 1ms is refused', () => {
  const check = (settings: Record<string, unknown>) =>
    bulkhead.check!(decodeSettings(bulkhead.settings, settings), { readText: () => '' }).map(({ path }) => path)
  assert.deepEqual(check({}), [])
  assert.deepEqual(check({ queue: 5, 'queue-timeout': '0s' }), [['queue-timeout']])
})
