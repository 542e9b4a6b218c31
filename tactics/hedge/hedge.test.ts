import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Cancellation, decodeSettings, type Handler, headers, Reply, Request, seededRandom } from '@archlab/runtime/kit'
import { FakeClock, type FakeOptions, fakeContext, settle } from '@archlab/runtime/testing'
import hedge from './hedge.ts'

const FIRST = new Reply(200, '', 'first')
const SECOND = new Reply(200, '', 'second')
const DOWN = new Reply(503, '', 'down')

interface Call {
  request: Request
  atMs: number
  answer(reply: Reply): void
  fail(error: Error): void
}

/** A hedge before calls that the test answers. */
async function subject(settings: Record<string, unknown> = { after: '20ms' }, options: FakeOptions = {}) {
  const clock = new FakeClock()
  const context = fakeContext(hedge, { clock, ...options, settings })
  const calls: Call[] = []
  const next: Handler = request => {
    const { promise, resolve, reject } = Promise.withResolvers<Reply>()
    calls.push({ request, atMs: clock.nowMs(), answer: resolve, fail: reject })
    return promise
  }
  const wrap = await hedge.create(context)
  const sendTo = (target: Handler, fields: object = {}) =>
    wrap(target)(new Request({ method: 'GET', path: '/', arrivedAtMs: clock.nowMs(), ...fields }))
  const send = (fields: object = {}) => sendTo(next, fields)
  const counts = () =>
    Object.fromEntries(Object.entries(context.count).flatMap(([name, { value }]) => (value > 0 ? [[name, value]] : [])))
  return { context, clock, calls, send, sendTo, counts }
}

test('a reply in time is the answer, and no second call is made', async () => {
  const { send, clock, calls, counts } = await subject()
  const reply = send()
  await clock.advance(19)
  calls[0]!.answer(FIRST)
  assert.equal(await reply, FIRST)
  await clock.advance(100)
  assert.equal(calls.length, 1)
  assert.deepEqual(counts(), { allowed: 1 })
  assert.deepEqual([calls[0]!.request.cancellation.cancelled, clock.pending], [false, 0])
})

test('a reply that comes at once is handed on in the same turn', async () => {
  const { sendTo, counts, clock } = await subject()
  assert.equal(
    sendTo(() => FIRST),
    FIRST,
  )
  assert.deepEqual([counts(), clock.pending], [{ allowed: 1 }, 0])
})

test('after the wait a second call is made; when it wins the first is cancelled', async () => {
  const { send, clock, calls, counts } = await subject()
  const startMs = clock.nowMs()
  const reply = send({ body: 'same', method: 'PUT' })
  await clock.advance(20)
  assert.deepEqual(
    calls.map(({ atMs, request }) => [atMs - startMs, request.body, request.arrivedAtMs - startMs]),
    [
      [0, 'same', 0],
      [20, 'same', 20],
    ],
  )
  calls[1]!.answer(SECOND)
  assert.equal(await reply, SECOND)
  assert.deepEqual(
    calls.map(({ request }) => request.cancellation.cancelled),
    [true, false],
  )
  assert.deepEqual(counts(), { hedged: 1, won_by_hedge: 1 })
})

test('when the first call still wins, the second is cancelled', async () => {
  const { send, clock, calls, counts } = await subject()
  const reply = send()
  await clock.advance(20)
  calls[0]!.answer(FIRST)
  assert.equal(await reply, FIRST)
  assert.deepEqual(
    calls.map(({ request }) => request.cancellation.cancelled),
    [false, true],
  )
  assert.deepEqual(counts(), { hedged: 1 })
})

test('both calls share one list of replicas already asked', async () => {
  const { send, clock, calls } = await subject()
  void send()
  calls[0]!.request.tried!.push('db/0')
  await clock.advance(20)
  assert.deepEqual(calls[1]!.request.tried, ['db/0'])
  assert.equal(calls[1]!.request.tried, calls[0]!.request.tried)
})

test('a failure does not win while the other call is under way', async () => {
  for (const [failing, good] of [
    [0, 1],
    [1, 0],
  ] as const) {
    const { send, clock, calls, counts } = await subject()
    const reply = send()
    await clock.advance(20)
    calls[failing]!.answer(failing === 0 ? DOWN : new Reply(429))
    await settle()
    calls[good]!.answer(SECOND)
    assert.equal(await reply, SECOND)
    assert.equal(counts().won_by_hedge, good === 1 ? 1 : undefined)
  }
})

test('when both fail the last failure is the answer, and a first failure before the wait is final', async () => {
  const { send, clock, calls, counts } = await subject()
  const both = send()
  await clock.advance(20)
  calls[0]!.answer(new Reply(502))
  calls[1]!.answer(DOWN)
  assert.equal(await both, DOWN)
  const early = send()
  calls[2]!.answer(DOWN)
  assert.equal(await early, DOWN)
  await clock.advance(100)
  assert.equal(calls.length, 3)
  assert.deepEqual(counts(), { hedged: 1, allowed: 1 })
})

test('a call that throws or rejects leaves the answer to the other, and is the answer when both do', async () => {
  const { send, sendTo, clock, calls, counts } = await subject()
  const saved = send()
  await clock.advance(20)
  calls[0]!.fail(new Error('broken'))
  await settle()
  calls[1]!.answer(SECOND)
  assert.equal(await saved, SECOND)
  const lost = Promise.resolve(send()).catch(error => error)
  await clock.advance(20)
  calls[3]!.fail(new Error('second'))
  calls[2]!.fail(new Error('first'))
  assert.match((await lost).message, /first|second/)
  let sent = 0
  const outcome = sendTo(() => {
    sent += 1
    if (sent === 1) return new Promise(resolve => clock.after(50, () => resolve(FIRST)))
    throw new Error('broken')
  })
  await clock.advance(50)
  assert.equal(await outcome, FIRST)
  assert.deepEqual(counts(), { hedged: 3, won_by_hedge: 1 })
})

test('a caller that leaves cancels both calls and is let go', async () => {
  const { send, clock, calls, context } = await subject()
  const cancellation = new Cancellation()
  const reply = send({ cancellation })
  await clock.advance(20)
  cancellation.cancel()
  assert.equal((await reply).status, 504)
  assert.deepEqual(
    calls.map(({ request }) => request.cancellation.cancelled),
    [true, true],
  )
  assert.equal(context.count.hedged.value, 1)
})

test('a caller that leaves before the wait is over gets no second call', async () => {
  const { send, clock, calls, counts } = await subject()
  const cancellation = new Cancellation()
  void send({ cancellation })
  cancellation.cancel()
  await clock.advance(100)
  assert.equal(calls.length, 1)
  assert.deepEqual(counts(), { allowed: 1 })
})

test('a caller whose deadline comes before the wait is over gets no second call', async () => {
  const { send, clock, calls } = await subject()
  void send({ deadlineMs: clock.nowMs() + 20 })
  await clock.advance(100)
  assert.equal(calls.length, 1)
})

test('what may not be repeated is not sent twice, unless it has an Idempotency-Key', async () => {
  const { send, clock, calls, counts } = await subject()
  void send({ method: 'POST' })
  await clock.advance(100)
  assert.equal(calls.length, 1)
  void send({ method: 'POST', headers: headers({ 'idempotency-key': '"1"' }) })
  await clock.advance(100)
  assert.equal(calls.length, 3)
  assert.deepEqual(counts(), { ineligible: 1, hedged: 1 })
})

test('when everything is slow the budget bounds the second calls to 5 %', async () => {
  const { send, clock, calls, counts } = await subject({ after: '20ms', 'budget-floor': 0 })
  for (let sent = 0; sent < 1000; sent++) {
    void send()
    await clock.advance(1)
  }
  await clock.advance(100)
  assert.deepEqual(counts(), { hedged: 50, budget_refused: 950 })
  assert.equal(calls.length, 1050)
})

test('closing leaves no timer, and calls under way still end', async () => {
  const { send, clock, calls, context } = await subject()
  const reply = send()
  await context.scope.close()
  assert.equal(clock.pending, 0)
  calls[0]!.answer(FIRST)
  assert.equal(await reply, FIRST)
})

/** Replies after an exponential time with mean 10 ms; one in twenty takes 500 ms instead. */
function slowTail(clock: FakeClock, seed: string): Handler {
  const random = seededRandom(seed)
  return request =>
    new Promise(resolve => {
      const takesMs = random.next() < 0.05 ? 500 : -10 * Math.log(1 - random.next())
      const callOff = clock.after(takesMs, () => resolve(FIRST))
      request.cancellation.onCancel(callOff)
    })
}

test('a quantile is learned, and the gauge shows it; nothing is sent twice before', async () => {
  const { context, sendTo, clock } = await subject({ after: 'p90', budget: '100%' })
  const target = slowTail(clock, 'learning')
  for (let sent = 0; sent < 19; sent++) {
    void sendTo(target)
    await clock.advance(1000)
  }
  assert.deepEqual([context.count.hedged.value, context.gauge.after_ms.value], [0, 0])
  for (let sent = 0; sent < 1000; sent++) {
    void sendTo(target)
    await clock.advance(1000)
  }
  // Of 95 % exponential latencies, 90 % of all are below -10 ln(1 - 0.90 / 0.95) = 29.4 ms.
  const learnedMs = context.gauge.after_ms.value
  assert.ok(learnedMs > 18 && learnedMs < 60, `${learnedMs} ms`)
})

test('calls that were cut off count as long: what is learned does not fall and fall', async () => {
  const { context, sendTo, clock } = await subject({ after: 'p90', budget: '100%', 'min-samples': 100 })
  const target = slowTail(clock, 'stable')
  const requests = 10_000
  for (let sent = 0; sent < requests; sent++) {
    void sendTo(target)
    await clock.advance(20)
  }
  const ratio = context.count.hedged.value / requests
  assert.ok(ratio > 0.07 && ratio < 0.13, `${ratio} hedged`)
})

test('a second call cuts the tail: the 99th percentile falls from 500 ms to below 100 ms', async () => {
  const p99 = async (settings: Record<string, unknown>): Promise<number> => {
    const { sendTo, clock } = await subject(settings)
    const target = slowTail(clock, 'tail')
    const tookMs: number[] = []
    for (let sent = 0; sent < 3000; sent++) {
      const sentAtMs = clock.nowMs()
      void Promise.resolve(sendTo(target)).then(() => tookMs.push(clock.nowMs() - sentAtMs))
      await clock.advance(20)
    }
    await clock.advance(1000)
    return tookMs.sort((a, b) => a - b)[Math.floor(tookMs.length * 0.99)]!
  }
  assert.equal(await p99({ budget: '0%', 'budget-floor': 0 }), 500)
  const hedged = await p99({ after: 'p90', budget: '20%' })
  assert.ok(hedged < 100, `${hedged} ms`)
})

test('report-only sends each request once, as it came, and counts the second calls it would have made', async () => {
  const { send, clock, calls, counts } = await subject({ after: '20ms' }, { reportOnly: true })
  const request = { cancellation: new Cancellation() }
  const slow = send(request)
  await clock.advance(30)
  calls[0]!.answer(FIRST)
  assert.equal(await slow, FIRST)
  const fast = send()
  calls[1]!.answer(FIRST)
  await fast
  assert.equal(calls[0]!.request.cancellation, request.cancellation)
  assert.deepEqual([calls.length, counts()], [2, { hedged: 1, allowed: 1 }])
})

test('settings that make no sense are named', () => {
  const paths = (after: string) =>
    hedge.check!(decodeSettings(hedge.settings, { after }), { readText: () => '' }).map(one => one.path.join('.'))
  for (const good of ['p95', 'p99.9', 'p50', '20ms', '1.5s']) assert.deepEqual(paths(good), [], good)
  for (const bad of ['p49', '20', 'soon']) assert.deepEqual(paths(bad), ['after'], bad)
})
