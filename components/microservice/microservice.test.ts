import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bodyText, Cancellation, type Handler, json, problem, Reply, Request } from '@archlab/runtime/kit'
import { FakeClock, type FakeOptions, fakeContext } from '@archlab/runtime/testing'
import { saysHit } from './data-reader.ts'
import microservice from './microservice.ts'

const get = (path: string, cancellation = new Cancellation()): Request =>
  new Request({ method: 'GET', path, cancellation })
const bodyOf = (reply: Reply): Record<string, unknown> => JSON.parse(bodyText(reply.body))

async function start(database?: Handler, options: FakeOptions = {}) {
  const context = fakeContext(microservice, { ...options, ...(database ? { links: { database } } : {}) })
  const handle = await microservice.create(context)
  return { context, ask: async (path: string): Promise<Reply> => handle(get(path)), handle }
}

const fromDatabase = (cacheStatus?: string, message: unknown = 'fresh'): Reply =>
  json(200, { message }, cacheStatus === undefined ? {} : { 'cache-status': cacheStatus })

test('GET /process is answered at once without a latency', async () => {
  const { handle, context } = await start()
  const reply = handle(get('/process'))
  assert.ok(reply instanceof Reply)
  assert.equal(reply.status, 200)
  assert.deepEqual(bodyOf(reply), { message: 'Business logic executed' })
  assert.equal(context.count.processed.value, 1)
})

test('GET /process takes the declared latency', async () => {
  const clock = new FakeClock()
  const { ask } = await start(undefined, { clock, settings: { latency: '20ms' } })
  let answered = false
  const pending = ask('/process').then(reply => {
    answered = true
    return reply
  })
  await clock.advance(19)
  assert.equal(answered, false)
  await clock.advance(1)
  assert.equal((await pending).status, 200)
})

test('GET /process stops waiting when its caller goes', async () => {
  const clock = new FakeClock()
  const { handle } = await start(undefined, { clock, settings: { latency: '1h' } })
  const cancellation = new Cancellation()
  const pending = handle(get('/process', cancellation))
  cancellation.cancel()
  assert.equal((await pending).status, 503)
  assert.equal(clock.pending, 0)
})

test('GET /data asks the database for GET /db on behalf of the caller', async () => {
  const seen: Request[] = []
  const { handle } = await start(request => {
    seen.push(request)
    return fromDatabase()
  })
  const sent = new Request({
    method: 'GET',
    path: '/data',
    query: 'x=1',
    headers: '\nauthorization: Bearer t',
    deadlineMs: 5,
  })
  await handle(sent)
  const [asked] = seen
  assert.deepEqual(
    [asked?.method, asked?.path, asked?.query, asked?.headers, asked?.deadlineMs, asked?.cancellation],
    ['GET', '/db', '', '', 5, sent.cancellation],
  )
})

test('data from the database is not called cached, data from a cache is', async () => {
  let answer = fromDatabase()
  const { ask, context } = await start(() => answer)
  assert.deepEqual(bodyOf(await ask('/data')), { cached: false, data: 'fresh' })
  answer = fromDatabase('s/0; fwd=uri-miss; stored')
  assert.deepEqual(bodyOf(await ask('/data')), { cached: false, data: 'fresh' })
  answer = fromDatabase('s/0; hit; ttl=29')
  const hit = await ask('/data')
  assert.deepEqual(bodyOf(hit), { cached: true, data: 'fresh' })
  assert.equal(hit.header('cache-status'), 's/0; hit; ttl=29')
  assert.deepEqual([context.count.cached.value, context.count.fetched.value], [1, 2])
})

test('a reply that says the same as the one before is the same object, one that differs is not', async () => {
  let answer = fromDatabase('s/0; hit')
  const { ask } = await start(() => answer)
  const first = await ask('/data')
  answer = fromDatabase('s/0; hit')
  assert.equal(await ask('/data'), first)
  answer = fromDatabase('s/0; hit', 'other')
  assert.deepEqual(bodyOf(await ask('/data')), { cached: true, data: 'other' })
  answer = fromDatabase('s/0; fwd=miss', 'other')
  assert.deepEqual(bodyOf(await ask('/data')), { cached: false, data: 'other' })
})

test('a body that came as bytes is read like text', async () => {
  const { ask } = await start(() => new Reply(200, '', new TextEncoder().encode('{"message":"ü"}')))
  assert.deepEqual(bodyOf(await ask('/data')), { cached: false, data: 'ü' })
})

test('a refusing database becomes 500 with the cause, its Retry-After and no foreign text', async () => {
  const refused = problem(429, {
    detail: 'SECRET stack',
    headers: { 'retry-after': '7' },
    proxyStatus: { replica: 'database/0', error: 'http_request_denied', details: 'rate-limit' },
  })
  const { ask, context } = await start(() => refused)
  const reply = await ask('/data')
  assert.equal(reply.status, 500)
  assert.equal(reply.header('content-type'), 'application/problem+json')
  assert.equal(reply.header('retry-after'), '7')
  assert.equal(
    reply.header('proxy-status'),
    'database/0; error=http_request_denied; details="rate-limit", ' +
      'subject/0; received-status=429; details="database"',
  )
  const { error, details } = bodyOf(reply)
  assert.equal(error, 'Failed to retrieve data')
  assert.equal(details, 'the database answered 429 (rate-limit at database/0)')
  assert.doesNotMatch(bodyText(reply.body), /SECRET/)
  assert.equal(context.count.failed.value, 1)
})

test('whatever else the database answers, the failure keeps its contract', async () => {
  const answers: [Reply, string][] = [
    [new Reply(503, '', 'Traceback'), 'the database answered 503'],
    [
      new Reply(504, '\nproxy-status: m/0; error=http_response_timeout'),
      'the database answered 504 (http_response_timeout at m/0)',
    ],
    [new Reply(502, '\nproxy-status: m/0'), 'the database answered 502 (m/0)'],
    [new Reply(502, '\nproxy-status: "<b>"; details="x"'), 'the database answered 502'],
    [new Reply(404), 'the database answered 404'],
    [new Reply(200, '', 'not json'), 'the database answered without data'],
    [new Reply(200, '', '{"data":1}'), 'the database answered without data'],
    [new Reply(200, '', 'null'), 'the database answered without data'],
    [new Reply(200, '', Uint8Array.of(255)), 'the database answered without data'],
    [new Reply(204), 'the database answered without data'],
  ]
  for (const [answer, details] of answers) {
    const { ask } = await start(async () => answer)
    const reply = await ask('/data')
    assert.equal(reply.status, 500)
    assert.deepEqual([bodyOf(reply).error, bodyOf(reply).details], ['Failed to retrieve data', details])
  }
})

test('a success after a failure is answered again', async () => {
  let answer = fromDatabase()
  const { ask } = await start(() => answer)
  await ask('/data')
  answer = new Reply(500)
  assert.equal((await ask('/data')).status, 500)
  answer = fromDatabase()
  assert.equal((await ask('/data')).status, 200)
})

test('without a database link GET /data is answered 501', async () => {
  const { ask } = await start()
  assert.equal((await ask('/data')).status, 501)
})

test('only the parameter hit counts as a hit', () => {
  for (const yes of ['c; hit', 'c;hit;ttl=1', 'a; fwd=miss, b; hit', 'c; hit=?1', '"a;b"; hit', 'c; ttl=2; hit ,d']) {
    assert.equal(saysHit(yes), true, yes)
  }
  for (const no of ['', 'hit', 'c; fwd=miss', 'c; hit=?0', '"c; hit"', 'c; detail="; hit"', 'c; hitting', 'c; xhit']) {
    assert.equal(saysHit(no), false, no)
  }
})
