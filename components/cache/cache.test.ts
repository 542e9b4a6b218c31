import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Body, bodyText, Reply, Request } from '@archlab/runtime/kit'
import { type FakeOptions, fakeContext } from '@archlab/runtime/testing'
import fc from 'fast-check'
import cache from './cache.ts'

async function start(settings: NonNullable<FakeOptions['settings']> = {}) {
  const context = fakeContext(cache, { settings })
  const handle = await cache.create(context)
  let nowMs = 1000
  async function ask(method: string, key: string, body: Body = '', headers = ''): Promise<Reply> {
    return handle(new Request({ method, path: `/cache/${key}`, body, headers, arrivedAtMs: nowMs }))
  }
  return {
    context,
    handle,
    ask,
    wait: (ms: number) => {
      nowMs += ms
    },
    get: async (key: string): Promise<unknown> => bodyOf(await ask('GET', key)).value,
    set: (key: string, value: unknown, ttl?: unknown) => ask('POST', key, JSON.stringify({ value, ttl })),
  }
}
const bodyOf = (reply: Reply): Record<string, unknown> => JSON.parse(bodyText(reply.body))

test('an absent key reads null, a stored one its value', async () => {
  const { ask, set, context } = await start()
  const absent = await ask('GET', 'a')
  assert.deepEqual([absent.status, bodyOf(absent)], [200, { value: null }])
  const stored = await set('a', 'x')
  assert.deepEqual([stored.status, bodyOf(stored)], [200, { status: 'ok' }])
  assert.deepEqual(bodyOf(await ask('GET', 'a')), { value: 'x' })
  assert.deepEqual(
    [context.count.hits.value, context.count.misses.value, context.count.sets.value, context.gauge.entries.value],
    [1, 1, 1, 1],
  )
})

test('any key and any JSON value come back as they were sent', async () => {
  const { set, get } = await start()
  await fc.assert(
    fc.asyncProperty(
      fc.string({ minLength: 1, maxLength: 40, unit: 'grapheme' }),
      fc.jsonValue(),
      async (key, value) => {
        const encoded = encodeURIComponent(key)
        await set(encoded, value)
        assert.deepEqual(await get(encoded), JSON.parse(JSON.stringify(value)))
      },
    ),
    { numRuns: 200 },
  )
})

test('a read is answered without a promise', async () => {
  const { handle, set } = await start()
  await set('a', 1)
  assert.ok(handle(new Request({ method: 'GET', path: '/cache/a' })) instanceof Reply)
})

test('the same key read plainly and percent-encoded is one entry', async () => {
  const { set, get, context } = await start()
  await set('a%62', 1)
  assert.equal(await get('ab'), 1)
  assert.equal(await get('%61%62'), 1)
  assert.equal(context.gauge.entries.value, 1)
})

test('PUT stores, DELETE forgets, HEAD reads', async () => {
  const { ask, get } = await start()
  assert.equal((await ask('PUT', 'a', '{"value":[1]}')).status, 200)
  assert.equal((await ask('HEAD', 'a')).status, 200)
  assert.deepEqual(bodyOf(await ask('DELETE', 'a')), { status: 'ok', deleted: true })
  assert.deepEqual(bodyOf(await ask('DELETE', 'a')), { status: 'ok', deleted: false })
  assert.equal(await get('a'), null)
})

test('names of the object prototype are keys and values like any other', async () => {
  const { ask, get, set } = await start()
  for (const key of ['__proto__', 'constructor', 'toString']) {
    assert.equal(await get(key), null)
    await set(key, key)
    assert.equal(await get(key), key)
  }
  await ask('POST', 'p', '{"value":{"__proto__":{"polluted":1}}}')
  assert.equal(bodyText((await ask('GET', 'p')).body), '{"value":{"__proto__":{"polluted":1}}}')
  assert.equal(({} as { polluted?: number }).polluted, undefined)
})

test('an entry expires after its own time to live, or the default of the cache', async () => {
  const { set, get, wait, context } = await start({ ttl: '10s' })
  await set('own', 1, '250ms')
  await set('seconds', 2, 1.5)
  await set('default', 3)
  wait(249)
  assert.equal(await get('own'), 1)
  wait(1)
  assert.equal(await get('own'), null)
  wait(1249)
  assert.equal(await get('seconds'), 2)
  wait(1)
  assert.equal(await get('seconds'), null)
  wait(8499)
  assert.equal(await get('default'), 3)
  wait(1)
  assert.equal(await get('default'), null)
  assert.equal(context.count.expirations.value, 3)
  assert.equal(context.gauge.entries.value, 0)
})

test('without a time to live an entry stays', async () => {
  const { set, get, wait } = await start()
  await set('a', 1)
  wait(1e12)
  assert.equal(await get('a'), 1)
})

test('a full cache evicts the least recently used entry', async () => {
  const { set, get, context } = await start({ 'max-entries': 2 })
  await set('a', 1)
  await set('b', 2)
  await get('a')
  await set('c', 3)
  assert.deepEqual([await get('a'), await get('b'), await get('c')], [1, null, 3])
  assert.deepEqual([context.count.evictions.value, context.gauge.entries.value], [1, 2])
})

test('keys and values together stay within max-size', async () => {
  const { set, context } = await start({ 'max-size': '1kb' })
  for (let at = 0; at < 50; at++) await set(`key${at}`, 'x'.repeat(90))
  assert.ok(context.gauge.bytes.value <= 1024 && context.gauge.bytes.value > 800)
  assert.equal(context.count.evictions.value + context.gauge.entries.value, 50)
})

test('a value above max-value is answered 413 in bytes, not characters, and nothing is stored', async () => {
  const { set, get } = await start({ 'max-value': '10b' })
  assert.equal((await set('a', '12345678')).status, 200)
  assert.equal((await set('b', 'üüüüü')).status, 413)
  assert.equal(await get('b'), null)
})

test('a value that alone exceeds max-size is answered 413 and the old value stays', async () => {
  const { set, get } = await start({ 'max-size': '1kb' })
  await set('a', 1)
  assert.equal((await set('a', 'x'.repeat(2000))).status, 413)
  assert.equal(await get('a'), 1)
})

test('a key that is too long is answered 414, at the limit it is stored', async () => {
  const { ask, set, get } = await start()
  const long = 'k'.repeat(513)
  assert.equal((await ask('GET', long)).status, 414)
  assert.equal((await set(long, 1)).status, 414)
  await set(long.slice(1), 1)
  assert.equal(await get(long.slice(1)), 1)
})

test('a body that is no set command is answered 400 or 415 and nothing is stored', async () => {
  const { ask, context } = await start()
  const bodies = [
    '',
    '{',
    'null',
    '[]',
    '1',
    '{}',
    '{"val":1}',
    '{"value":1,"__proto__":1}',
    '{"value":1,"ttl":"10 parsecs"}',
    '{"value":1,"ttl":"5"}',
    '{"value":1,"ttl":"-5s"}',
    '{"value":1,"ttl":"0s"}',
    '{"value":1,"ttl":0}',
    '{"value":1,"ttl":-1}',
    '{"value":1,"ttl":1e308}',
    '{"value":1,"ttl":true}',
    '{"value":1,"ttl":{}}',
    `{"value":${'['.repeat(200_000)}${']'.repeat(200_000)}}`,
    Uint8Array.of(0x7b, 0xff),
  ]
  for (const body of bodies) assert.equal((await ask('POST', 'a', body)).status, 400, String(body).slice(0, 60))
  assert.equal((await ask('POST', 'a', '{"value":1}', '\ncontent-type: text/plain')).status, 415)
  assert.equal(context.gauge.entries.value, 0)
})

test('paths that only look like a key are answered 404, wrong methods 405', async () => {
  const { handle, ask } = await start()
  for (const path of ['/', '/cache', '/cache/', '/cache/a/b', '/cache/%zz', '/cachea', '/Cache/a']) {
    assert.equal((await handle(new Request({ method: 'GET', path }))).status, 404, path)
  }
  const reply = await ask('PATCH', 'a')
  assert.deepEqual([reply.status, reply.header('allow')], [405, 'DELETE, GET, HEAD, OPTIONS, POST, PUT'])
})

test('a default time to live of zero is a mistake', () => {
  const problems = cache.check?.(fakeContext(cache, { settings: { ttl: '0ms' } }).settings, { readText: () => '' })
  assert.deepEqual(
    problems?.map(({ path }) => path),
    [['ttl']],
  )
})
