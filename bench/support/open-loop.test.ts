import assert from 'node:assert/strict'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type TestContext, test } from 'node:test'
import { arrivalsOf, drive, type OpenLoopPlan } from './open-loop.ts'

const PLAN: OpenLoopPlan = {
  url: '',
  streams: [{ path: '/a', perSecond: 100 }],
  durationMs: 200,
  patienceMs: 5000,
  seed: 1,
  underWayMax: 1000,
}

/** A server for the length of a test; its base address. */
async function serve(t: TestContext, listener: RequestListener): Promise<string> {
  const server = createServer(listener)
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

test('arrivals are the same for the same seed, in order, and as many as the rate says', () => {
  const plan = { ...PLAN, durationMs: 100_000, streams: [...PLAN.streams, { path: '/b', perSecond: 50 }] }
  const arrivals = arrivalsOf(plan)
  assert.deepEqual(arrivals, arrivalsOf(plan))
  assert.notDeepEqual(arrivals, arrivalsOf({ ...plan, seed: 2 }))
  assert.ok(arrivals.every(({ atMs }, index) => atMs < 100_000 && atMs >= (arrivals[index - 1]?.atMs ?? 0)))
  // A Poisson count of mean n has the standard deviation √n; five of them are met by chance once in two million.
  for (const [path, expected] of [
    ['/a', 10_000],
    ['/b', 5000],
  ] as const) {
    const count = arrivals.filter(one => one.path === path).length
    assert.ok(Math.abs(count - expected) < 5 * Math.sqrt(expected), `${path}: ${count}`)
  }
})

test('every arrival is sent to its path, and its status and latency are told', async t => {
  const asked: string[] = []
  const url = await serve(t, (incoming, outgoing) => {
    asked.push(incoming.url!)
    outgoing.writeHead(incoming.url === '/a' ? 200 : 503).end('done')
  })
  const plan = { ...PLAN, url, streams: [...PLAN.streams, { path: '/b', perSecond: 100 }] }
  const answered = await drive(plan)
  assert.deepEqual(
    answered.map(({ path, atMs }) => ({ path, atMs })),
    arrivalsOf(plan),
  )
  assert.equal(asked.length, answered.length)
  for (const one of answered) {
    assert.equal(one.outcome, one.path === '/a' ? 200 : 503)
    assert.ok(one.latencyMs > one.lagMs && one.lagMs >= 0, JSON.stringify(one))
  }
})

test('who is not answered gives up after its patience', async t => {
  const url = await serve(t, () => {})
  for (const { outcome, latencyMs } of await drive({ ...PLAN, url, patienceMs: 50 })) {
    assert.equal(outcome, 'gave up')
    // A timer may fire a millisecond or two early.
    assert.ok(latencyMs >= 47, `${latencyMs}`)
  }
})

test('no more than the given number is under way; what is too much is not sent and told', async t => {
  let running = 0
  let most = 0
  const url = await serve(t, () => {
    running += 1
    most = Math.max(most, running)
  })
  const answered = await drive({ ...PLAN, url, underWayMax: 3, patienceMs: 1000 })
  const notSent = answered.filter(one => one.outcome === 'not sent').length
  assert.equal(most, 3)
  assert.equal(notSent, answered.length - 3)
  assert.ok(notSent > 0)
})

test('a connection that breaks is told as such', async t => {
  const url = await serve(t, incoming => incoming.socket.destroy())
  for (const { outcome } of await drive({ ...PLAN, url })) assert.equal(outcome, 'connection failed')
})
