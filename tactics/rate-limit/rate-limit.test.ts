import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeSettings, headers, Reply, Request } from '@archlab/runtime/kit'
import { type FakeOptions, fakeContext } from '@archlab/runtime/testing'
import rateLimit from './rate-limit.ts'

const OK = new Reply(200, '\ncontent-type: text/plain', 'fine')

async function subject(settings: Record<string, unknown>, options: FakeOptions = {}) {
  const context = fakeContext(rateLimit, { ...options, settings })
  const seen: Request[] = []
  const handler = (await rateLimit.create(context))(request => {
    seen.push(request)
    return OK
  })
  const send = (arrivedAtMs: number, fields = {}) =>
    handler(new Request({ method: 'GET', path: '/', arrivedAtMs, ...fields })) as Reply
  return { context, seen, send, count: context.count }
}
const checked = (settings: Record<string, unknown>) =>
  rateLimit.check!(decodeSettings(rateLimit.settings, settings), { readText: () => '' })

test('a request within the limit is passed on as it is, and so is its reply', async () => {
  const { send, seen, count } = await subject({ max: 1 })
  const request = new Request({ method: 'GET', path: '/', arrivedAtMs: 5 })
  assert.equal(send(5, request), OK)
  assert.equal(seen.length, 1)
  assert.deepEqual([count.allowed.value, count.rejected.value], [1, 0])
})

test('over the limit the reply is 429 with policy, what remains, when to return and who refused', async () => {
  const { send, seen, count } = await subject({ max: 120, per: '60s' }, { replica: 'gateway/1' })
  for (let hit = 0; hit < 120; hit++) send(1000)
  const reply = send(49_000.5)
  assert.equal(reply.status, 429)
  assert.equal(reply.header('retry-after'), '12')
  assert.equal(reply.header('ratelimit-policy'), '"default";q=120;w=60')
  assert.equal(reply.header('ratelimit'), '"default";r=0;t=12')
  assert.equal(reply.header('proxy-status'), 'gateway/1; error=http_request_denied; details="rate-limit"')
  assert.equal(reply.header('content-type'), 'application/problem+json')
  assert.equal(JSON.parse(reply.body as string).status, 429)
  assert.deepEqual([seen.length, count.allowed.value, count.rejected.value], [120, 120, 1])
})

test('refusals that name the same second share one prepared reply', async () => {
  const { send } = await subject({ max: 1, per: '60s' })
  send(0)
  assert.equal(send(100), send(900))
  assert.notEqual(send(900), send(1100))
})

test('Retry-After is at least 1 second, and right for waits beyond an hour', async () => {
  const short = await subject({ max: 1, per: '10ms' })
  short.send(0)
  assert.equal(short.send(1).header('retry-after'), '1')
  const long = await subject({ max: 1, per: '2h' })
  long.send(0)
  assert.equal(long.send(0).header('retry-after'), '7200')
})

test('gcra with 30 per 60s and burst 15 tells the 17th request to return after 2 s', async () => {
  const { send, count } = await subject({ algorithm: 'gcra', max: 30, per: '60s', burst: 15 })
  for (let hit = 0; hit < 16; hit++) assert.equal(send(0).status, 200)
  assert.equal(send(0).header('retry-after'), '2')
  for (let hit = 0; hit < 3; hit++) send(0)
  assert.equal(count.allowed.value, 16)
  assert.equal(send(1999).status, 429)
  assert.equal(send(2000).status, 200)
})

test('each address has a limit of its own with key ip', async () => {
  const { send, count } = await subject({ max: 1, key: 'ip', 'max-keys': 2 })
  assert.equal(send(0, { client: 'a' }).status, 200)
  assert.equal(send(0, { client: 'a' }).status, 429)
  assert.equal(send(0, { client: 'b' }).status, 200)
  assert.equal(count.keys_dropped.value, 0)
  assert.equal(send(0, { client: 'c' }).status, 200)
  assert.equal(count.keys_dropped.value, 1)
})

test('requests without the header share one limit with key header', async () => {
  const { send } = await subject({ max: 1, key: 'header:x-tenant' })
  assert.equal(send(0).status, 200)
  assert.equal(send(0).status, 429)
  assert.equal(send(0, { headers: headers({ 'x-tenant': 'blue' }) }).status, 200)
})

test('headers all tells the policy and what remains on replies that pass too', async () => {
  const { send } = await subject({ max: 3, headers: 'all' })
  assert.equal(send(0).header('ratelimit'), '"default";r=2')
  const reply = send(0)
  assert.equal(reply.header('ratelimit'), '"default";r=1')
  assert.equal(reply.header('ratelimit-policy'), '"default";q=3;w=60')
  assert.equal(reply.body, 'fine')
})

test('report-only counts a refusal and lets it pass untouched, with and without key', async () => {
  for (const settings of [{ max: 1 }, { max: 1, key: 'ip' }, { max: 1, headers: 'all' }]) {
    const { send, seen, count } = await subject(settings, { reportOnly: true })
    send(0)
    assert.equal(send(0), OK)
    assert.deepEqual([seen.length, count.allowed.value, count.rejected.value], [2, 1, 1])
  }
})

test('replicas that share memory share one limit, in every algorithm', async () => {
  for (const algorithm of ['sliding-log', 'sliding-counter', 'token-bucket', 'gcra', 'fixed-window']) {
    for (const announce of ['rejected', 'all']) {
      const settings = { max: 5, algorithm, headers: announce }
      const bytes = rateLimit.sharedBytes!(decodeSettings(rateLimit.settings, settings))
      const shared = new SharedArrayBuffer(bytes)
      const replicas = await Promise.all([subject(settings, { shared }), subject(settings, { shared })])
      const statuses = Array.from({ length: 10 }, (_, hit) => replicas[hit % 2]!.send(1000).status)
      assert.equal(statuses.filter(status => status === 200).length, 5, algorithm)
    }
  }
})

test('what replicas share means the same whatever the header fields, and something else with another limit', () => {
  const layout = (settings: object) =>
    rateLimit.sharedLayout!(decodeSettings(rateLimit.settings, { max: 5, ...settings }))
  assert.deepEqual(layout({ headers: 'all', 'max-keys': 7 }), layout({}))
  for (const other of [{ max: 6 }, { per: '1s' }, { algorithm: 'gcra' }]) assert.notDeepEqual(layout(other), layout({}))
})

test('a shared limit with a key is not offered', async () => {
  assert.equal(rateLimit.sharedBytes!(decodeSettings(rateLimit.settings, { max: 5, key: 'ip' })), 0)
  await assert.rejects(async () => subject({ max: 5, key: 'ip' }, { shared: new SharedArrayBuffer(64) }))
})

test('settings that make no sense are named', () => {
  assert.deepEqual(checked({ max: 5, per: '1s' }), [])
  assert.deepEqual(
    checked({ max: 5, per: '0.5ms' }).map(one => one.path),
    [['per']],
  )
  assert.deepEqual(
    checked({ max: 5, burst: 3 }).map(one => one.path),
    [['burst']],
  )
  assert.deepEqual(
    checked({ max: 5, burst: 0, algorithm: 'token-bucket' }).map(one => one.path),
    [['burst']],
  )
  assert.deepEqual(checked({ max: 5, burst: 0, algorithm: 'gcra' }), [])
})
