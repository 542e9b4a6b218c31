import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Body, bodyText, Reply, Request } from '@archlab/runtime/kit'
import { type FakeOptions, fakeContext } from '@archlab/runtime/testing'
import cache from './cache.ts'

async function start(settings: NonNullable<FakeOptions['settings']> = {}, before?: NonNullable<FakeOptions['before']>) {
  const context = fakeContext(cache, { settings, ...(before && { before }) })
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

test('in memory reads, writes and deletions are answered without a promise', async () => {
  const { handle } = await start()
  for (const [method, body] of [['POST', '{"value":1}'], ['GET'], ['DELETE']] as const) {
    assert.ok(handle(new Request({ method, path: '/cache/a', body: body ?? '' })) instanceof Reply, method)
  }
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

test('its room is that of each replica in memory, and not known in Redis', () => {
  const room = (settings: Record<string, unknown>) => cache.room!(fakeContext(cache, { settings }).settings)
  assert.deepEqual(room({}), { entries: 10_000, shared: false })
  assert.deepEqual(room({ 'max-entries': 7 }), { entries: 7, shared: false })
  assert.deepEqual(room({ store: 'redis://localhost' }), { entries: null, shared: true })
})

test('keys and values together stay within max-size', async () => {
  const { set, context } = await start({ 'max-size': '1kb' })
  for (let at = 0; at < 50; at++) await set(`key${at}`, 'x'.repeat(90))
  assert.ok(context.gauge.bytes.value <= 1024 && context.gauge.bytes.value > 800)
  assert.equal(context.count.evictions.value + context.gauge.entries.value, 50)
})

test('a value that alone exceeds max-size is answered 413 and the old value stays', async () => {
  const { set, get } = await start({ 'max-size': '1kb' })
  await set('a', 1)
  assert.equal((await set('a', 'x'.repeat(2000))).status, 413)
  assert.equal(await get('a'), 1)
})

test('paths that only look like a key are answered 404, wrong methods 405', async () => {
  const { handle, ask } = await start()
  for (const path of ['/', '/cache', '/cache/', '/cache/a/b', '/cache/%zz', '/cachea', '/Cache/a']) {
    assert.equal((await handle(new Request({ method: 'GET', path }))).status, 404, path)
  }
  const reply = await ask('PATCH', 'a')
  assert.deepEqual([reply.status, reply.header('allow')], [405, 'DELETE, GET, HEAD, OPTIONS, POST, PUT'])
})

/** Paths of the mistakes that `check` finds. */
function mistakes(settings: Record<string, unknown>, files: Record<string, string> = {}) {
  const context = fakeContext(cache, { settings, files })
  return cache.check!(context.settings, context)
}
const paths = (...given: Parameters<typeof mistakes>): string[] => mistakes(...given).map(({ path }) => path.join('.'))

test('settings that mean nothing to the store are mistakes, and so is a limit of nothing', () => {
  assert.deepEqual(paths({ ttl: '0ms' }), ['ttl'])
  const limits = { 'max-entries': 10, 'max-size': '1mb' }
  assert.deepEqual(paths(limits), [])
  assert.deepEqual(paths({ ...limits, store: 'redis://localhost' }), ['max-entries', 'max-size'])
  const redis = { 'key-prefix': 'a:', timeout: '100ms' }
  assert.deepEqual(paths({ ...redis, store: 'redis://localhost' }), [])
  assert.deepEqual(paths(redis), ['key-prefix', 'timeout'])
  assert.deepEqual(paths({ store: 'redis://localhost', timeout: '0ms' }), ['timeout'])
})

test('certificates are for a store with TLS, and must be there', () => {
  const store = 'rediss://localhost'
  assert.deepEqual(paths({ store, 'tls-ca': 'ca.pem' }, { 'ca.pem': 'PEM' }), [])
  assert.deepEqual(paths({ store, 'tls-ca': 'ca.pem' }), ['tls-ca'])
  assert.deepEqual(paths({ store: 'redis://localhost', 'tls-ca': 'ca.pem' }, { 'ca.pem': 'PEM' }), ['tls-ca'])
})

test('a store that is none is a mistake whose message does not quote it', () => {
  for (const store of ['redis://user:hunter2@:0/x', 'redis:hunter2@h', 'memroy', 'redis-cluster://:hunter2@a:1/1']) {
    const problems = mistakes({ store })
    assert.deepEqual(problems[0]?.path, ['store'], store)
    assert.doesNotMatch(JSON.stringify(problems), /hunter2/)
  }
})

test('entries in memory outlive an edit of its settings, as far as there is room for them', async () => {
  const { set, context } = await start({ 'max-entries': 2 })
  await set('a', 1)
  await set('b', 2)
  const larger = await start({ 'max-entries': 3, ttl: '10s', 'max-value': '1mb' }, context)
  await larger.set('c', 3)
  assert.deepEqual([await larger.get('a'), await larger.get('b'), await larger.get('c')], [1, 2, 3])
  const smaller = await start({ 'max-entries': 1 }, larger.context)
  assert.deepEqual([await smaller.get('b'), await smaller.get('c')], [null, 3])
  assert.equal(context.gauge.entries.value, 1)
})
