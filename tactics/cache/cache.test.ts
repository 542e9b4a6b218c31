import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Cancellation, decodeSettings, type Handler, headers, problem, Reply } from '@archlab/runtime/kit'
import cache from './cache.ts'
import { slowOrigin, subject } from './test-subject.ts'

test('the second request is answered from the first reply, at once, with its age and remaining life', async () => {
  const { send, asked, clock, counts } = await subject({ ttl: '30s' })
  const first = await send()
  assert.equal(first.header('cache-status'), 'service/0; fwd=uri-miss; stored')
  assert.equal(first.header('age'), undefined)
  await clock.advance(3_200)
  const second = send() as Reply
  assert.equal(second.body, 'answer 1')
  assert.equal(second.header('cache-status'), 'service/0; hit; ttl=27')
  assert.equal(second.header('age'), '3')
  assert.equal(second.header('content-type'), 'text/plain')
  assert.equal(asked.length, 1)
  assert.deepEqual([counts().hit, counts().miss, counts().stored], [1, 1, 1])
})

test('hits within one second share one reply', async () => {
  const { send, clock } = await subject()
  await send()
  const hit = send()
  await clock.advance(999)
  assert.equal(send(), hit)
  await clock.advance(1)
  assert.notEqual(send(), hit)
})

test('an entry ends after ttl, by time alone, and the next request says that it was stale', async () => {
  const { send, asked, clock } = await subject({ ttl: '30s' })
  await send()
  await clock.advance(29_999)
  assert.match((await send()).header('cache-status')!, /hit/)
  await clock.advance(1)
  const fresh = await send()
  assert.equal(fresh.body, 'answer 2')
  assert.equal(fresh.header('cache-status'), 'service/0; fwd=stale; stored')
  assert.equal(asked.length, 2)
})

test('path, query and Authorization each make another entry', async () => {
  const { send, asked } = await subject()
  const as = (who: string) => ({ headers: headers({ authorization: `Bearer ${who}` }) })
  const requests = [['/a'], ['/b'], ['/a', { query: 'x' }], ['/a', as('ann')], ['/a', as('bob')]] as const
  for (const [path, fields] of requests) await send(path, fields)
  assert.equal(asked.length, 5)
  for (const [path, fields] of requests) assert.match((await send(path, fields)).header('cache-status')!, /hit/)
})

test('with a key of its own there is one entry for everybody', async () => {
  const { send, asked } = await subject({ key: 'my_data' })
  await send('/a', { headers: headers({ authorization: 'Bearer ann' }) })
  assert.equal((await send('/b', { query: 'x' })).body, 'answer 1')
  assert.equal(asked.length, 1)
})

test('HEAD is answered from a GET entry, but fills none', async () => {
  const { send, asked } = await subject()
  assert.equal((await send('/data', { method: 'HEAD' })).header('cache-status'), 'service/0; fwd=uri-miss')
  await send()
  assert.match((await send('/data', { method: 'HEAD' })).header('cache-status')!, /hit/)
  assert.deepEqual(
    asked.map(request => request.method),
    ['HEAD', 'GET'],
  )
})

test('requests that must reach the origin do, are counted, and say why', async () => {
  const { send, asked, counts } = await subject()
  await send()
  const reasons: [object, string][] = [
    [{ method: 'POST' }, 'fwd=method'],
    [{ body: 'x' }, 'fwd=bypass; detail=body'],
    [{ headers: headers({ range: 'bytes=0-1' }) }, 'fwd=bypass; detail=range'],
    [{ headers: headers({ 'cache-control': 'no-store' }) }, 'fwd=bypass; detail=no-store'],
    [{ headers: headers({ 'cache-control': 'no-cache' }) }, 'fwd=request; stored'],
  ]
  for (const [fields, reason] of reasons) {
    assert.equal((await send('/data', fields)).header('cache-status'), `service/0; ${reason}`)
  }
  assert.equal(asked.length, 6)
  assert.equal(counts().bypassed, 5)
  assert.equal((await send()).body, 'answer 6')
})

test('a reply that may not be kept is not', async () => {
  for (const fields of [{ 'cache-control': 'no-store' }, { 'set-cookie': 'a=1' }, { vary: '*' }]) {
    const { send, asked } = await subject({}, { origin: () => new Reply(200, headers(fields), 'x') })
    assert.equal((await send()).header('cache-status'), 'service/0; fwd=uri-miss')
    await send()
    assert.equal(asked.length, 2)
  }
})

test('the member of a cache nearer to the origin stays in front, and does not come back with a hit', async () => {
  const origin: Handler = () => new Reply(200, '\ncache-status: inner/0; hit\nage: 5', 'x')
  const { send, clock } = await subject({}, { origin })
  assert.equal(
    (await send()).headers,
    '\ncache-status: inner/0; hit\nage: 5\ncache-status: service/0; fwd=uri-miss; stored',
  )
  await clock.advance(2000)
  assert.equal((await send()).headers, '\nage: 7\ncache-status: service/0; hit; ttl=28')
})

test('no more than max-entries are kept', async () => {
  const { send, context } = await subject({ 'max-entries': 3 })
  for (let at = 0; at < 10; at++) await send(`/${at}`)
  assert.deepEqual([context.gauge.entries.value, context.count.evicted.value], [3, 7])
})

test('500 concurrent misses of one key are one call to the origin, and all get its reply', async () => {
  const { origin, answer } = slowOrigin()
  const { send, asked, counts } = await subject({}, { origin })
  const replies = Array.from({ length: 500 }, () => send())
  await answer(new Reply(200, '', 'x'))
  const statuses = (await Promise.all(replies)).map(reply => reply.header('cache-status'))
  assert.equal(asked.length, 1)
  assert.equal(statuses[0], 'service/0; fwd=uri-miss; stored')
  assert.deepEqual(new Set(statuses.slice(1)), new Set(['service/0; fwd=uri-miss; collapsed']))
  assert.deepEqual([counts().miss, counts().coalesced, counts().stored], [500, 499, 1])
})

test('with coalesce off every miss is a call', async () => {
  const { origin, answer } = slowOrigin()
  const { send, asked } = await subject({ coalesce: false }, { origin })
  const replies = [send(), send()]
  await answer(new Reply(200, '', 'x'))
  await Promise.all(replies)
  assert.equal(asked.length, 2)
})

test('a reply for one client only is not given to those who joined: they call for themselves', async () => {
  const { origin, answer } = slowOrigin()
  const { send, asked } = await subject({}, { origin })
  const replies = [send(), send()]
  await answer(new Reply(200, '\nset-cookie: session=ann', 'for ann'))
  await answer(new Reply(200, '\nset-cookie: session=bob', 'for bob'))
  assert.deepEqual(
    (await Promise.all(replies)).map(reply => reply.body),
    ['for ann', 'for bob'],
  )
  assert.equal(asked.length, 2)
})

test('a failure goes to all who wait for it and is not kept', async () => {
  const { origin, answer } = slowOrigin()
  const { send, asked } = await subject({}, { origin })
  const replies = [send(), send()]
  await answer(problem(503))
  assert.deepEqual(
    (await Promise.all(replies)).map(reply => reply.status),
    [503, 503],
  )
  const again = send()
  await answer(new Reply(200, '', 'x'))
  assert.equal((await again).status, 200)
  assert.equal(asked.length, 2)
})

test('an origin that throws or rejects fails those who wait, is counted as a miss, and spoils nothing', async () => {
  let broken = true
  const faults: Handler[] = [
    () => {
      throw new Error('broken')
    },
    () => Promise.reject(new Error('broken')),
  ]
  for (const fault of faults) {
    broken = true
    const { send, counts } = await subject({}, { origin: request => (broken ? fault(request) : new Reply(200)) })
    await assert.rejects(async () => send(), /broken/)
    broken = false
    assert.equal((await send()).status, 200)
    assert.equal(counts().miss, 2)
  }
})

test('the first caller may leave: the call goes on, fills the cache and serves the others', async () => {
  const { origin, answer } = slowOrigin()
  const { send, asked, clock } = await subject({}, { origin })
  const cancellation = new Cancellation()
  const first = send('/data', { cancellation, deadlineMs: clock.nowMs() + 1000 })
  const second = send()
  cancellation.cancel()
  assert.equal((await first).status, 504)
  assert.deepEqual([asked[0]?.cancellation.cancelled, asked[0]?.deadlineMs], [false, Number.POSITIVE_INFINITY])
  await answer(new Reply(200, '', 'x'))
  assert.equal((await second).status, 200)
  assert.match((await send()).header('cache-status')!, /hit/)
})

test('who waits leaves at the deadline, and no timer stays', async () => {
  const { origin } = slowOrigin()
  const { send, clock } = await subject({}, { origin })
  const reply = send('/data', { deadlineMs: clock.nowMs() + 100 })
  await clock.advance(100)
  assert.equal((await reply).status, 504)
  assert.equal((await reply).header('proxy-status'), 'service/0; error=http_response_timeout; details="cache"')
  assert.equal(clock.pending, 0)
})

test('report-only counts hits and misses while every request reaches the origin untouched', async () => {
  const { send, asked, counts } = await subject({}, { reportOnly: true })
  const replies = [await send(), await send(), await send('/data', { method: 'POST' })]
  assert.deepEqual(
    replies.map(reply => [reply.body, reply.header('cache-status')]),
    [
      ['answer 1', undefined],
      ['answer 2', undefined],
      ['answer 3', undefined],
    ],
  )
  assert.equal(asked.length, 3)
  assert.deepEqual([counts().hit, counts().miss, counts().bypassed], [1, 1, 1])
})

test('statuses that are no copy for others are refused', () => {
  const paths = (statuses: number[]) =>
    cache.check!(decodeSettings(cache.settings, { statuses }), { readText: () => '' }).map(one => one.path)
  assert.deepEqual(paths([200, 404]), [])
  assert.deepEqual(paths([200, 206, 304]), [
    ['statuses', 1],
    ['statuses', 2],
  ])
})
