import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Cancellation, DroppedReply, decodeSettings, Reply, Request, seededRandom } from '@archlab/runtime/kit'
import { FakeClock, type FakeOptions, fakeContext, settle } from '@archlab/runtime/testing'
import fault from './fault.ts'

const OK = new Reply(200, '', 'fine')

async function subject(settings: Record<string, unknown>, options: FakeOptions & { address?: string } = {}) {
  const clock = new FakeClock()
  const { address, ...rest } = options
  const context = { ...fakeContext(fault, { clock, ...rest, settings }), ...(address && { address }) }
  const seen: { request: Request; atMs: number }[] = []
  const handler = (await fault.create(context))(request => {
    seen.push({ request, atMs: clock.nowMs() })
    return OK
  })
  const send = (fields: object = {}) =>
    handler(new Request({ method: 'GET', path: '/', arrivedAtMs: clock.nowMs(), ...fields }))
  const counts = () => Object.fromEntries(Object.entries(context.count).map(([name, { value }]) => [name, value]))
  return { context, clock, seen, send, counts }
}

test('without rates everything passes untouched, in the same turn', async () => {
  const { send, counts } = await subject({})
  for (let sent = 0; sent < 100; sent++) assert.equal(send(), OK)
  assert.deepEqual(counts(), { passed: 100, delayed: 0, failed: 0, dropped: 0 })
})

test('a rate of 100 % meets every request', async () => {
  const { send, seen, counts } = await subject({ status: 500, 'status-rate': '100%' }, { replica: 'db/1' })
  for (let sent = 0; sent < 100; sent++) {
    const reply = send() as Reply
    assert.equal(reply.status, 500)
    assert.equal(reply.header('proxy-status'), 'db/1; error=proxy_internal_response; details="fault"')
  }
  assert.deepEqual([seen.length, counts().failed], [0, 100])
})

const DRAWS = 100_000

/** Pearson's statistic of observed counts against expected shares. */
const chiSquare = (observed: readonly number[], shares: readonly number[]): number => {
  const total = observed.reduce((sum, count) => sum + count, 0)
  return observed.reduce((sum, count, at) => sum + (count - total * shares[at]!) ** 2 / (total * shares[at]!), 0)
}

test('rates are what they say: 30 % dropped and 60 % failed, or either alone, over 100,000 requests', async () => {
  const cases: [string, string, number[]][] = [
    ['30%', '60%', [0.1, 0.6, 0.3]],
    ['0%', '30%', [0.7, 0.3]],
    ['0%', '60%', [0.4, 0.6]],
    ['1%', '0%', [0.99, 0.01]],
  ]
  for (const [drop, rate, shares] of cases) {
    const { send, counts } = await subject({ drop, 'status-rate': rate }, { random: seededRandom(`${drop} ${rate}`) })
    for (let sent = 0; sent < DRAWS; sent++) send()
    const { passed = 0, failed = 0, dropped = 0 } = counts()
    const observed = [passed, failed, dropped].filter(count => count > 0)
    assert.equal(observed.length, shares.length)
    // 99.9 % quantiles of the chi-square distribution with 1 and 2 degrees of freedom.
    const limit = shares.length === 2 ? 10.83 : 13.82
    assert.ok(chiSquare(observed, shares) < limit, `${drop} ${rate}: ${observed}`)
  }
})

test('failures come at random, not every k-th: the gaps between them are geometric', async () => {
  const { send } = await subject({ 'status-rate': '30%' }, { random: seededRandom('gaps') })
  const gaps = new Array<number>(10).fill(0)
  let gap = 0
  for (let sent = 0; sent < DRAWS; sent++) {
    if ((send() as Reply).status === 200) gap += 1
    else {
      gaps[Math.min(gap, 9)]! += 1
      gap = 0
    }
  }
  const shares = gaps.map((_, at) => (at < 9 ? 0.3 * 0.7 ** at : 0.7 ** 9))
  assert.ok(chiSquare(gaps, shares) < 27.88, `${gaps}`)
})

test('delays are drawn apart from failures: 30 % of the failed are delayed, and 30 % of the others', async () => {
  const settings = { latency: '1ms', 'latency-rate': '30%', 'status-rate': '50%' }
  const { send, counts } = await subject(settings, { reportOnly: true, random: seededRandom('apart') })
  const cells = [0, 0, 0, 0]
  for (let sent = 0; sent < DRAWS; sent++) {
    const before = counts()
    send()
    const after = counts()
    cells[(after.delayed! - before.delayed!) * 2 + after.failed! - before.failed!]! += 1
  }
  // 99.9 % quantile with 3 degrees of freedom.
  assert.ok(chiSquare(cells, [0.35, 0.35, 0.15, 0.15]) < 16.27, `${cells}`)
})

test('the same seed makes the same trouble', async () => {
  const run = async (seed: string): Promise<string> => {
    const { send } = await subject({ 'status-rate': '50%' }, { random: seededRandom(seed) })
    return Array.from({ length: 64 }, () => (send() as Reply).status).join()
  }
  assert.equal(await run('one'), await run('one'))
  assert.notEqual(await run('one'), await run('two'))
})

test('a delayed request goes on after the latency, with the time at which it does', async () => {
  const { send, clock, seen, counts } = await subject({ latency: '50ms', 'latency-rate': '100%' })
  const startMs = clock.nowMs()
  const reply = send()
  await clock.advance(49)
  assert.equal(seen.length, 0)
  await clock.advance(1)
  assert.equal(await reply, OK)
  assert.deepEqual([seen[0]!.atMs - startMs, seen[0]!.request.arrivedAtMs - startMs], [50, 50])
  assert.deepEqual(counts(), { passed: 1, delayed: 1, failed: 0, dropped: 0 })
})

test('latencies follow their distribution: the mean of an exponential one with 20 ms is 20 ms', async () => {
  const settings = { latency: { exponential: '20ms' }, 'latency-rate': '100%' }
  const { send, clock, seen } = await subject(settings, { random: seededRandom('latency') })
  let sumMs = 0
  for (let sent = 0; sent < 2000; sent++) {
    const startMs = clock.nowMs()
    void send()
    await clock.advance(1000)
    sumMs += seen.at(-1)!.atMs - startMs
  }
  // The mean of 2,000 has a standard deviation of 0.45 ms.
  assert.ok(Math.abs(sumMs / 2000 - 20) < 2, `${sumMs / 2000}`)
})

test('a request can be delayed and then fail', async () => {
  const { send, clock, seen } = await subject({ latency: '50ms', 'latency-rate': '100%', 'status-rate': '100%' })
  const reply = send()
  await clock.advance(50)
  assert.equal((await reply).status, 503)
  assert.equal(seen.length, 0)
})

test('a delay ends with 504 at the deadline, and when the caller leaves, and nothing goes on', async () => {
  const { send, clock, seen } = await subject({ latency: '1s', 'latency-rate': '100%' })
  const startMs = clock.nowMs()
  const cancellation = new Cancellation()
  const late = send({ deadlineMs: startMs + 100 })
  const left = send({ cancellation })
  await settle()
  cancellation.cancel()
  assert.equal((await left).status, 504)
  await clock.advance(100)
  assert.equal((await late).status, 504)
  await clock.advance(2000)
  assert.deepEqual([seen.length, clock.pending], [0, 0])
})

test('closing ends the delays and leaves no timer', async () => {
  const { send, clock, context } = await subject({ latency: '1s', 'latency-rate': '100%' })
  const reply = send()
  await settle()
  await context.scope.close()
  assert.equal((await reply).status, 504)
  assert.equal(clock.pending, 0)
})

test('before a component a drop closes the connection; on a link it is the 502 of a lost one', async () => {
  const inbound = await subject({ drop: '100%' }, { address: 'components.db.tactics.fault' })
  const dropped = await inbound.send()
  assert.ok(dropped instanceof DroppedReply)
  assert.equal(dropped.status, 502)
  for (const address of ['components.a.links.b.tactics.fault', 'components.a.routes.0.tactics.fault']) {
    const reply = await (await subject({ drop: '100%' }, { address, replica: 'a/0' })).send()
    assert.ok(!(reply instanceof DroppedReply))
    assert.equal(reply.status, 502)
    assert.equal(reply.header('proxy-status'), 'a/0; error=connection_terminated; details="fault"')
  }
})

test('report-only lets everything pass at once and counts what it would have done', async () => {
  const settings = { latency: '1s', 'latency-rate': '100%', 'status-rate': '60%', drop: '40%' }
  const { send, counts } = await subject(settings, { reportOnly: true })
  for (let sent = 0; sent < 100; sent++) assert.equal(send(), OK)
  const { passed, delayed, failed, dropped } = counts()
  assert.deepEqual([passed, delayed, failed! + dropped!], [0, 100, 100])
})

test('settings that do not go together are named', () => {
  const paths = (settings: Record<string, unknown>) =>
    fault.check!(decodeSettings(fault.settings, settings), { readText: () => '' }).map(one => one.path.join('.'))
  assert.deepEqual(paths({}), [])
  assert.deepEqual(paths({ 'latency-rate': '5%' }), ['latency-rate'])
  assert.deepEqual(paths({ 'status-rate': '70%', drop: '30%' }), [])
  assert.deepEqual(paths({ 'status-rate': '70%', drop: '31%' }), ['drop'])
})
