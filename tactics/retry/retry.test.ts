import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Cancellation, decodeSettings, type Handler, headers, Reply, Request, seededRandom } from '@archlab/runtime/kit'
import { FakeClock, type FakeOptions, fakeContext, settle } from '@archlab/runtime/testing'
import retry from './retry.ts'

const OK = new Reply(200, '', 'fine')
const DOWN = new Reply(503, headers({ 'proxy-status': 'db/0; error=destination_unavailable; details="db"' }))
/** Random numbers that make every wait half of its longest. */
const HALF = { next: () => 0.5 }

/** A retry before `replies`, which come in turn; the last one goes on. */
async function subject(
  settings: Record<string, unknown>,
  replies: readonly Reply[] | Handler,
  options: FakeOptions = {},
) {
  const clock = new FakeClock()
  const context = fakeContext(retry, { clock, random: HALF, ...options, settings })
  const seen: { request: Request; atMs: number }[] = []
  const handler = (await retry.create(context))(request => {
    seen.push({ request, atMs: clock.nowMs() })
    if (typeof replies === 'function') return replies(request)
    return replies[Math.min(seen.length, replies.length) - 1]!
  })
  const send = (fields: object = {}) =>
    handler(new Request({ method: 'GET', path: '/', arrivedAtMs: clock.nowMs(), ...fields }))
  const counts = () =>
    Object.fromEntries(Object.entries(context.count).flatMap(([name, { value }]) => (value > 0 ? [[name, value]] : [])))
  const gapsMs = () => seen.slice(1).map(({ atMs }, at) => atMs - seen[at]!.atMs)
  return { context, clock, seen, send, counts, gapsMs }
}

test('a good reply is handed on in the same turn, untouched', async () => {
  const { send, counts } = await subject({}, [OK])
  assert.equal(send(), OK)
  assert.deepEqual(counts(), { allowed: 1 })
})

test('a failure is tried again, and the first good reply is the answer', async () => {
  const { send, clock, seen, counts } = await subject({}, [DOWN, DOWN, OK])
  const reply = send()
  await clock.advance(1000)
  assert.equal(await reply, OK)
  assert.equal(seen.length, 3)
  assert.deepEqual(counts(), { retried: 2, recovered: 1 })
})

test('attempts counts all tries, and the last failure is handed on as it came', async () => {
  for (const attempts of [1, 2, 3, 10]) {
    const { send, clock, seen, counts } = await subject({ attempts, budget: 'unlimited' }, [DOWN])
    const reply = send()
    await clock.advance(10_000)
    assert.equal(await reply, DOWN)
    assert.equal(seen.length, attempts)
    assert.deepEqual(counts(), { ...(attempts > 1 && { retried: attempts - 1 }), exhausted: 1 })
  }
})

test('only what may be repeated is: idempotent methods, and others with an Idempotency-Key', async () => {
  const { send, clock, seen, counts } = await subject({ attempts: 2, budget: 'unlimited' }, [DOWN])
  assert.equal(send({ method: 'POST' }), DOWN)
  assert.equal(seen.length, 1)
  const reply = send({ method: 'POST', body: 'order', headers: headers({ 'idempotency-key': '"1"' }) })
  await clock.advance(1000)
  await reply
  assert.deepEqual(
    seen.map(({ request }) => request.body),
    ['', 'order', 'order'],
  )
  assert.deepEqual(counts(), { not_retryable: 1, retried: 1, exhausted: 1 })
})

test('the longest wait doubles from backoff to max-backoff', async () => {
  const { send, clock, gapsMs } = await subject({ attempts: 7, budget: 'unlimited' }, [DOWN])
  void send()
  await clock.advance(10_000)
  assert.deepEqual(gapsMs(), [12.5, 25, 50, 100, 125, 125])
})

test('the waits are uniform from 0 to the longest (full jitter)', async () => {
  const settings = { attempts: 2, backoff: '100ms', budget: 'unlimited' }
  const { send, clock, seen } = await subject(settings, [DOWN], { random: seededRandom('jitter') })
  const waits: number[] = []
  for (let run = 0; run < 2000; run++) {
    void send()
    await clock.advance(100)
    const [first, second] = seen.slice(-2)
    waits.push(second!.atMs - first!.atMs)
  }
  const mean = waits.reduce((sum, wait) => sum + wait, 0) / waits.length
  // The mean of 2,000 draws from U(0, 100) has a standard deviation of 0.65.
  assert.ok(Math.abs(mean - 50) < 3, `mean ${mean}`)
  const tenths = Array.from({ length: 10 }, (_, at) => waits.filter(wait => Math.trunc(wait / 10) === at).length)
  const chiSquare = tenths.reduce((sum, count) => sum + (count - 200) ** 2 / 200, 0)
  assert.ok(chiSquare < 27.9, `chi-square ${chiSquare} with 9 degrees of freedom`)
})

test('all tries share one list of replicas already asked, and each has its own time of arrival', async () => {
  const settings = { attempts: 3, budget: 'unlimited' }
  const { send, clock, seen } = await subject(settings, request => {
    request.tried!.push(`db/${request.tried!.length}`)
    return DOWN
  })
  void send()
  await clock.advance(1000)
  assert.deepEqual(seen.at(-1)!.request.tried, ['db/0', 'db/1', 'db/2'])
  for (const { request, atMs } of seen) assert.equal(request.arrivedAtMs, atMs)
})

test('a list of replicas that a tactic further out began is continued', async () => {
  const { send, seen } = await subject({}, [OK])
  const tried = ['db/1']
  await send({ tried })
  assert.equal(seen[0]!.request.tried, tried)
})

test('a Retry-After is waited for, in seconds and as a date, and the jitter comes on top', async () => {
  const inOneSecond = new Date(new FakeClock().wallMs() + 1000).toUTCString()
  for (const value of ['1', inOneSecond]) {
    const busy = new Reply(429, headers({ 'retry-after': value }))
    const { send, clock, gapsMs } = await subject({}, [busy, OK])
    const reply = send()
    await clock.advance(2000)
    assert.equal(await reply, OK)
    assert.deepEqual(gapsMs(), [1012.5])
  }
})

test('a Retry-After beyond max-retry-after, and a 429 without one, are handed on at once', async () => {
  for (const reply of [new Reply(503, headers({ 'retry-after': '2' })), new Reply(429)]) {
    const { send, counts } = await subject({}, [reply])
    assert.equal(await send(), reply)
    assert.deepEqual(counts(), { gave_up: 1 })
  }
})

test('a Retry-After that cannot be read is as none', async () => {
  const { send, clock, gapsMs } = await subject({}, [new Reply(503, headers({ 'retry-after': 'soon' })), OK])
  void send()
  await clock.advance(1000)
  assert.deepEqual(gapsMs(), [12.5])
})

test('which replies are failures is a setting', async () => {
  const { send, clock, seen } = await subject({ on: [404] }, [new Reply(404), DOWN])
  const reply = send()
  await clock.advance(1000)
  assert.equal(await reply, DOWN)
  assert.equal(seen.length, 2)
})

test('a wait that would last to the deadline is not begun', async () => {
  const { send, clock, seen, counts } = await subject({ backoff: '100ms' }, [DOWN])
  assert.equal(await send({ deadlineMs: clock.nowMs() + 50 }), DOWN)
  assert.equal(seen.length, 1)
  assert.deepEqual(counts(), { gave_up: 1 })
})

test('a caller that leaves ends the wait, and nothing is sent for it any more', async () => {
  const { send, clock, seen, counts } = await subject({}, [DOWN])
  const cancellation = new Cancellation()
  const reply = send({ cancellation })
  await settle()
  cancellation.cancel()
  assert.equal(await reply, DOWN)
  await clock.advance(25)
  assert.deepEqual([seen.length, clock.pending], [1, 0])
  assert.deepEqual(counts(), { gave_up: 1 })
})

test('a throw is a bug: the first is not repeated, and one of a later try goes to the caller', async () => {
  const broken: Handler = () => Promise.reject(new Error('broken'))
  const first = await subject({}, broken)
  await assert.rejects(async () => first.send(), /broken/)
  assert.deepEqual([first.seen.length, first.counts()], [1, { allowed: 1 }])
  let tries = 0
  const later = await subject({}, request => (tries++ === 0 ? DOWN : broken(request)))
  const reply = Promise.resolve(later.send()).catch(error => error)
  await later.clock.advance(1000)
  assert.equal((await reply).message, 'broken')
  assert.deepEqual(later.counts(), { retried: 1, exhausted: 1 })
})

test('closing ends the waits and leaves no timer', async () => {
  const { send, clock, context } = await subject({}, [DOWN])
  const reply = send()
  await settle()
  await context.scope.close()
  assert.equal(await reply, DOWN)
  assert.equal(clock.pending, 0)
})

test('beyond the budget a failure is handed on at once, and asks retries further out to stop', async () => {
  const { send, clock, seen, counts } = await subject({ attempts: 2, 'budget-floor': 1 }, [DOWN])
  const first = send()
  await clock.advance(100)
  const marked = DOWN.with({ headers: `${DOWN.headers}\nretry-after: 10` })
  assert.deepEqual(await first, marked)
  assert.deepEqual(await send(), marked)
  assert.equal(seen.length, 3)
  assert.deepEqual(counts(), { retried: 1, exhausted: 1, budget_refused: 1 })
})

test('what has failed in all its tries asks retries further out to stop, however much of the budget is left', async () => {
  const { send, clock, counts } = await subject({ attempts: 3, budget: '100%', 'budget-floor': 1000 }, [DOWN])
  const reply = send()
  await clock.advance(1000)
  assert.equal((await reply).header('retry-after'), '10')
  assert.deepEqual(counts(), { retried: 2, exhausted: 1 })
})

test('with one attempt, or without a budget, a failure is handed on as it is', async () => {
  for (const settings of [{ attempts: 1 }, { attempts: 2, budget: 'unlimited' }]) {
    const { send, clock } = await subject(settings, [DOWN])
    const reply = send()
    await clock.advance(1000)
    assert.equal(await reply, DOWN)
  }
})

test('a failure that asks for more time than the budget keeps its own Retry-After', async () => {
  const busy = new Reply(503, headers({ 'retry-after': '60' }))
  const { send } = await subject({ budget: '0%', 'budget-floor': 0 }, [busy])
  assert.equal(await send(), busy)
})

test('ten seconds later the floor of the budget is there again', async () => {
  const { send, clock, seen } = await subject({ attempts: 10, budget: '0%' }, [DOWN])
  void send()
  await clock.advance(5000)
  assert.equal(seen.length, 4)
  await clock.advance(5000)
  void send()
  await clock.advance(5000)
  assert.equal(seen.length, 8)
})

test('report-only hands on the first reply and counts what would have been tried again', async () => {
  const { send, seen, counts } = await subject({ 'budget-floor': 1 }, [DOWN], { reportOnly: true })
  assert.equal(send(), DOWN)
  assert.equal(send(), DOWN)
  assert.equal(send({ method: 'POST' }), DOWN)
  assert.equal(seen.length, 3)
  assert.deepEqual(counts(), { retried: 1, exhausted: 1, budget_refused: 1, not_retryable: 1 })
})

test('settings that do not go together are named', () => {
  const paths = (settings: Record<string, unknown>) =>
    retry.check!(decodeSettings(retry.settings, settings), { readText: () => '' }).map(one => one.path.join('.'))
  assert.deepEqual(paths({}), [])
  assert.deepEqual(paths({ budget: 'unlimited' }), [])
  assert.deepEqual(paths({ backoff: '1s' }), ['max-backoff'])
  assert.deepEqual(paths({ budget: '101%' }), ['budget'])
})
