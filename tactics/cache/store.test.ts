import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Handler, headers, json, problem, Reply, Request } from '@archlab/runtime/kit'
import { FakeClock, type FakeOptions, fakeContext, settle } from '@archlab/runtime/testing'
import cache from './cache.ts'

/** A cache component, as far as the tactic talks to it. */
function component() {
  const values = new Map<string, unknown>()
  const calls: string[] = []
  const handler: Handler = async request => {
    calls.push(`${request.method} ${request.path}`)
    const key = decodeURIComponent(request.path.slice('/cache/'.length))
    if (request.method === 'GET') return json(200, { value: values.get(key) ?? null })
    values.set(key, JSON.parse(request.body as string).value)
    return json(200, { status: 'ok' })
  }
  return { values, calls, handler }
}

async function subject(
  store: Handler,
  settings: Record<string, unknown> = {},
  options: FakeOptions & { origin?: Handler } = {},
) {
  const clock = (options.clock as FakeClock | undefined) ?? new FakeClock()
  const context = fakeContext(cache, {
    clock,
    replica: 'service/0',
    links: { store },
    ...options,
    settings: { store: 'cache', key: 'my_data', ...settings },
  })
  const asked: Request[] = []
  const wrap = await cache.create(context)
  const handler = wrap(request => {
    asked.push(request)
    return (options.origin ?? (() => new Reply(200, '\ncontent-type: text/plain', `answer ${asked.length}`)))(request)
  })
  const send = (path = '/db', fields = {}) =>
    Promise.resolve(handler(new Request({ method: 'GET', path, arrivedAtMs: clock.nowMs(), ...fields })))
  const counts = () => Object.fromEntries(Object.entries(context.count).map(([name, meter]) => [name, meter.value]))
  return { context, clock, asked, send, counts }
}

test('a miss asks the store, then the origin, and writes; the next request is a hit from the store', async () => {
  const { values, calls, handler } = component()
  const { send, asked, clock, counts } = await subject(handler, { ttl: '30s' })
  assert.equal((await send()).header('cache-status'), 'service/0; fwd=uri-miss; stored')
  assert.deepEqual(calls, ['GET /cache/my_data', 'POST /cache/my_data'])
  assert.equal((values.get('my_data') as { body: string }).body, 'answer 1')
  await clock.advance(3000)
  const hit = await send()
  assert.equal(hit.body, 'answer 1')
  assert.equal(hit.header('cache-status'), 'service/0; hit; ttl=27')
  assert.equal(hit.header('age'), '3')
  assert.equal(hit.header('content-type'), 'text/plain')
  assert.equal(asked.length, 1)
  assert.deepEqual([counts().hit, counts().miss, counts().stored, counts().store_failed], [1, 1, 1, 0])
})

test('what one replica stored is a hit for another', async () => {
  const { handler } = component()
  const clock = new FakeClock()
  const first = await subject(handler, {}, { clock })
  const second = await subject(handler, {}, { clock, replica: 'service/1' })
  await first.send()
  assert.equal((await second.send()).header('cache-status'), 'service/1; hit; ttl=30')
  assert.equal(second.asked.length, 0)
})

test('bytes come back from the store as bytes', async () => {
  const { handler } = component()
  const bytes = new Uint8Array([0, 255, 128])
  const { send } = await subject(handler, {}, { origin: () => new Reply(200, '', bytes) })
  await send()
  assert.deepEqual(new Uint8Array((await send()).body as Uint8Array), bytes)
})

test('an entry past its ttl is a miss although the store still has it', async () => {
  const { handler } = component()
  const { send, asked, clock } = await subject(handler, { ttl: '30s' })
  await send()
  await clock.advance(30_000)
  assert.equal((await send()).body, 'answer 2')
  assert.equal(asked.length, 2)
})

test('without a key the names of entries tell place, path and query, so that places do not mix in one store', async () => {
  const { handler, values } = component()
  const { send } = await subject(handler, { key: undefined })
  await send('/a', { query: 'x=1' })
  assert.deepEqual([...values.keys()], ['components.service.tactics.subject /a?x=1'])
})

test('no client secret reaches the store', async () => {
  const seen: Request[] = []
  const { handler } = component()
  const spy: Handler = request => {
    seen.push(request)
    return handler(request)
  }
  const { send } = await subject(spy, { key: undefined })
  await send('/a', { headers: headers({ authorization: 'Bearer secret' }) })
  assert.equal(seen.length, 2)
  for (const request of seen) {
    assert.equal(request.header('authorization'), undefined)
    assert.doesNotMatch(`${request.path}${request.body}`, /secret/)
  }
})

test('concurrent requests share one question to the store and one call to the origin', async () => {
  const { handler, calls } = component()
  const { send, asked, counts } = await subject(handler)
  await Promise.all(Array.from({ length: 16 }, () => send()))
  assert.equal(asked.length, 1)
  assert.equal(calls.length, 2)
  assert.deepEqual([counts().miss, counts().coalesced], [16, 15])
  await Promise.all(Array.from({ length: 16 }, () => send()))
  assert.equal(calls.length, 3)
  assert.equal(counts().hit, 16)
})

test('a store that refuses, fails, throws or talks nonsense is passed by, counted, and never seen by the client', async () => {
  const stores: [string, Handler][] = [
    ['429', () => problem(429)],
    ['500', () => problem(500)],
    ['rejects', () => Promise.reject(new Error('gone'))],
    [
      'throws',
      () => {
        throw new Error('gone')
      },
    ],
    ['no JSON', () => new Reply(200, '', '<html>')],
    ['no UTF-8', () => new Reply(200, '', new Uint8Array([255]))],
    ['no envelope', () => json(200, { value: 'poison' })],
    [
      'foreign status',
      () => json(200, { value: { status: 500, headers: '', body: '', storedAt: 0, ttl: 1e15, age: 0 } }),
    ],
    ['null', () => json(200, null)],
  ]
  for (const [name, store] of stores) {
    const { send, asked, counts } = await subject(store)
    const reply = await send()
    assert.equal(reply.status, 200, name)
    assert.equal(reply.body, 'answer 1', name)
    assert.equal(asked.length, 1, name)
    assert.ok(counts().store_failed! >= 1, name)
    assert.equal(counts().miss, 1, name)
  }
})

test('a store that answers 404 for an unknown key is an empty store, not a broken one', async () => {
  const { send, counts } = await subject(request => (request.method === 'GET' ? problem(404) : json(200, {})))
  assert.equal((await send()).header('cache-status'), 'service/0; fwd=uri-miss; stored')
  assert.equal(counts().store_failed, 0)
})

test('a store that never answers costs store-timeout and no more, and its question is called off', async () => {
  const seen: Request[] = []
  const { send, clock, counts } = await subject(
    request => {
      seen.push(request)
      return new Promise(() => {})
    },
    { 'store-timeout': '200ms' },
  )
  const reply = send()
  await clock.advance(200)
  assert.equal(seen[0]?.cancellation.cancelled, true)
  await clock.advance(200)
  assert.equal((await reply).body, 'answer 1')
  assert.equal(counts().store_failed, 2)
  assert.equal(clock.pending, 0)
})

test('a write that fails leaves the reply as it is, not stored', async () => {
  const { send, counts } = await subject(request =>
    request.method === 'GET' ? json(200, { value: null }) : problem(503),
  )
  assert.equal((await send()).header('cache-status'), 'service/0; fwd=uri-miss')
  assert.deepEqual([counts().stored, counts().store_failed], [0, 1])
})

test('as long as the store answers the same text, one parsed entry serves', async () => {
  const { handler } = component()
  const { send } = await subject(handler)
  await send()
  assert.equal(await send(), await send())
})

test('closing leaves no timer of a question under way', async () => {
  const { send, clock, context } = await subject(() => new Promise(() => {}))
  const reply = send('/db', { deadlineMs: clock.nowMs() + 1000 })
  await settle()
  await context.scope.close()
  assert.equal((await reply).status, 504)
  await settle()
  assert.equal(clock.pending, 0)
})

test('report-only with a store counts and fills it, while every request reaches the origin', async () => {
  const { handler } = component()
  const { send, asked, counts } = await subject(handler, {}, { reportOnly: true })
  await send()
  assert.equal((await send()).body, 'answer 2')
  assert.equal(asked.length, 2)
  assert.deepEqual([counts().hit, counts().miss, counts().stored], [1, 1, 1])
})
