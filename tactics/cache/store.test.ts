import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Handler, headers, json, problem, Reply, type Request } from '@archlab/runtime/kit'
import { FakeClock, type FakeOptions, settle } from '@archlab/runtime/testing'
import { subject as cacheSubject, told } from './test-subject.ts'

/** A cache component, as far as the tactic talks to it. */
function component() {
  const values = new Map<string, unknown>()
  const ttls = new Map<string, string>()
  const calls: string[] = []
  const handler: Handler = async request => {
    calls.push(`${request.method} ${request.path}`)
    const key = decodeURIComponent(request.path.slice('/cache/'.length))
    if (request.method === 'GET') return json(200, { value: values.get(key) ?? null })
    if (request.method === 'DELETE') return json(200, { status: 'ok', deleted: values.delete(key) })
    ttls.set(key, JSON.parse(request.body as string).ttl)
    values.set(key, JSON.parse(request.body as string).value)
    return json(200, { status: 'ok' })
  }
  return { values, ttls, calls, handler }
}

async function subject(
  store: Handler,
  settings: Record<string, unknown> = {},
  options: FakeOptions & { origin?: Handler } = {},
) {
  const links = { store }
  const made = await cacheSubject({ store: 'cache', key: 'my_data', ...settings }, { links, ...options })
  const send = async (path = '/db', fields = {}) => made.send(path, fields)
  return { ...made, send }
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

test('the store is told to keep an entry for as long as it may be of use', async () => {
  const { handler, ttls } = component()
  const { send } = await subject(handler, { ttl: '30s', 'stale-while-revalidate': '10s', 'stale-if-error': '1m' })
  await send()
  assert.equal(ttls.get('my_data'), '90000ms')
})

test('a stale entry of the store is given at once while one call renews it there', async () => {
  const { handler, calls } = component()
  const { send, asked, clock, counts } = await subject(handler, { 'stale-while-revalidate': '60s' })
  await send()
  await clock.advance(32_000)
  const replies = await Promise.all(Array.from({ length: 20 }, () => send()))
  for (const reply of replies) assert.equal(told(reply), 'hit; ttl=-2')
  await settle()
  assert.equal(asked.length, 2)
  assert.equal(calls.filter(call => call.startsWith('POST')).length, 2)
  assert.equal((await send()).body, 'answer 2')
  assert.deepEqual([counts().hit, counts().stale, counts().revalidations], [21, 20, 1])
})

test('a stale entry of the store stands in for an origin that is down or silent', async () => {
  const { handler } = component()
  let origin: Handler = () => new Reply(200, '', 'first')
  const { send, clock } = await subject(handler, { 'stale-if-error': '60s' }, { origin: request => origin(request) })
  await send()
  await clock.advance(31_000)
  origin = () => problem(502)
  const reply = await send()
  assert.deepEqual([reply.body, told(reply)], ['first', 'fwd=stale; fwd-status=502; ttl=-1; detail=stale-if-error'])
  origin = () => new Promise(() => {})
  const late = send('/db', { deadlineMs: clock.nowMs() + 50 })
  await clock.advance(50)
  assert.equal((await late).body, 'first')
})

test('variants lie in the store together, and another replica finds each', async () => {
  const { handler } = component()
  const clock = new FakeClock()
  const origin: Handler = request => new Reply(200, '\nvary: accept-language', request.header('accept-language'))
  const first = await subject(handler, {}, { clock, origin })
  const second = await subject(handler, {}, { clock, origin })
  const languages = ['en', 'de', 'fr'].map(language => ({ headers: headers({ 'accept-language': language }) }))
  for (const fields of languages) await first.send('/db', fields)
  for (const fields of languages) assert.equal(told(await second.send('/db', fields)), 'hit; ttl=30')
  assert.equal(second.asked.length, 0)
})

test('variants that together would be larger than max-entry make room for the newest', async () => {
  const { handler, values } = component()
  const origin: Handler = request => new Reply(200, '\nvary: accept', request.header('accept')!.repeat(300))
  const { send, counts } = await subject(handler, { 'max-entry': '1kb' }, { origin })
  for (const accept of ['a', 'b', 'c', 'd']) await send('/db', { headers: headers({ accept }) })
  assert.equal((values.get('my_data') as unknown[]).length, 3)
  assert.equal(counts().variants_dropped, 1)
})

test('a write removes the entry of its URI from the store', async () => {
  const { handler, values } = component()
  const { send } = await subject(handler, { key: undefined })
  await send('/a')
  await send('/b')
  await send('/a', { method: 'PUT' })
  assert.deepEqual([...values.keys()], ['components.service.tactics.subject /b'])
})

test('what a store does not let go of is not given after a write all the same', async () => {
  const { handler } = component()
  const { send, asked } = await subject(request => (request.method === 'DELETE' ? problem(405) : handler(request)), {
    key: undefined,
  })
  await send('/a')
  await send('/a')
  await send('/a', { method: 'PUT' })
  assert.equal((await send('/a')).body, 'answer 3')
  assert.equal(asked.length, 3)
})

test('variants from before a write are not stored again beside a new one', async () => {
  const { handler, values } = component()
  const origin: Handler = request => new Reply(200, '\nvary: accept', request.header('accept'))
  const { send } = await subject(
    request => (request.method === 'DELETE' ? problem(405) : handler(request)),
    { key: undefined },
    { origin },
  )
  const a = { headers: headers({ accept: 'a' }) }
  const b = { headers: headers({ accept: 'b' }) }
  for (const fields of [a, b]) await send('/db', fields)
  assert.equal([...values.values()].flat().length, 2)
  await send('/db', { method: 'PUT' })
  await send('/db', b)
  assert.deepEqual(
    [...values.values()].flat().map(value => (value as { body: string }).body),
    ['b'],
  )
})

test('negative entries come back from the store, too', async () => {
  const { handler } = component()
  const { send, asked, clock } = await subject(handler, { 'negative-ttl': '5s' }, { origin: () => problem(404) })
  await send()
  assert.equal((await send()).status, 404)
  assert.equal(asked.length, 1)
  await clock.advance(5000)
  await send()
  assert.equal(asked.length, 2)
})
