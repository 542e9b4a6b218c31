import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { type Body, bodyText, type Reply, Request, systemClock } from '@archlab/runtime/kit'
import { fakeContext } from '@archlab/runtime/testing'
import { eventually } from '@archlab/runtime/whole-lab'
import fc from 'fast-check'
import cache from './cache.ts'

/** How to reach a backend: settings and what `prepare` has read, or why it cannot be tested here. */
export type Backend = (
  t: TestContext,
) => Promise<{ settings: Record<string, unknown>; prepared?: unknown } | { missing: string }>

/** A cache component over a backend, on the machine's clock. */
export async function startCache(t: TestContext, settings: Record<string, unknown>, prepared?: unknown) {
  const context = fakeContext(cache, { settings, prepared, clock: systemClock })
  t.after(() => context.scope.close())
  const handle = await cache.create(context)
  const ask = async (method: string, key: string, body: Body = '', headers = ''): Promise<Reply> =>
    handle(new Request({ method, path: `/cache/${key}`, body, headers, arrivedAtMs: systemClock.nowMs() }))
  return {
    context,
    handle,
    ask,
    get: async (key: string): Promise<unknown> => bodyOf(await ask('GET', key)).value,
    set: (key: string, value: unknown, ttl?: unknown) => ask('POST', key, JSON.stringify({ value, ttl })),
  }
}

export const bodyOf = (reply: Reply): Record<string, unknown> => JSON.parse(bodyText(reply.body))

/** What every store of the cache does alike. */
export function storeContract(name: string, backend: Backend): void {
  const check = (
    sentence: string,
    body: (one: Subject) => Promise<void>,
    extra: Record<string, unknown> = {},
  ): void => {
    test(`${name}: ${sentence}`, async t => {
      const found = await backend(t)
      if ('missing' in found) return t.skip(found.missing)
      await body(await startCache(t, { ...found.settings, ...extra }, found.prepared))
    })
  }
  describeValues(check)
  describeExpiry(check)
  describeRefusals(check)
}

type Subject = Awaited<ReturnType<typeof startCache>>
type Check = (sentence: string, body: (one: Subject) => Promise<void>, extra?: Record<string, unknown>) => void

function describeValues(check: Check): void {
  check('an absent key reads null, a stored one its value, and each is counted', async ({ ask, set, context }) => {
    const absent = await ask('GET', 'a')
    assert.deepEqual([absent.status, bodyOf(absent)], [200, { value: null }])
    const stored = await set('a', 'x')
    assert.deepEqual([stored.status, bodyOf(stored)], [200, { status: 'ok' }])
    assert.deepEqual(bodyOf(await ask('GET', 'a')), { value: 'x' })
    const { hits, misses, sets } = context.count
    assert.deepEqual([hits.value, misses.value, sets.value], [1, 1, 1])
    assert.equal(context.gauge.connected.value, 1)
  })

  check('any key and any JSON value come back as they were sent', async ({ set, get }) => {
    const anyKey = fc.string({ minLength: 1, maxLength: 40, unit: 'grapheme' })
    await fc.assert(
      fc.asyncProperty(anyKey, fc.jsonValue(), async (key, value) => {
        const encoded = encodeURIComponent(key)
        assert.equal((await set(encoded, value)).status, 200)
        assert.deepEqual(await get(encoded), JSON.parse(JSON.stringify(value)))
      }),
      { numRuns: 200 },
    )
  })

  check('the same key read plainly and percent-encoded is one entry', async ({ set, get, ask }) => {
    await set('a%62', 1)
    assert.equal(await get('ab'), 1)
    assert.equal(await get('%61%62'), 1)
    await ask('DELETE', 'ab')
    assert.equal(await get('a%62'), null)
  })

  check('PUT stores, DELETE forgets, HEAD reads', async ({ ask, get }) => {
    assert.equal((await ask('PUT', 'a', '{"value":[1]}')).status, 200)
    assert.equal((await ask('HEAD', 'a')).status, 200)
    assert.deepEqual(bodyOf(await ask('DELETE', 'a')), { status: 'ok', deleted: true })
    assert.deepEqual(bodyOf(await ask('DELETE', 'a')), { status: 'ok', deleted: false })
    assert.equal(await get('a'), null)
  })

  check('names of the object prototype are keys and values like any other', async ({ ask, get, set }) => {
    for (const key of ['__proto__', 'constructor', 'toString']) {
      assert.equal(await get(key), null)
      await set(key, key)
      assert.equal(await get(key), key)
    }
    await ask('POST', 'p', '{"value":{"__proto__":{"polluted":1}}}')
    assert.equal(bodyText((await ask('GET', 'p')).body), '{"value":{"__proto__":{"polluted":1}}}')
    assert.equal(({} as { polluted?: number }).polluted, undefined)
  })

  check('a thousand operations at once are answered each with its own value', async ({ set, get }) => {
    const keys = Array.from({ length: 500 }, (_, at) => `k${at}`)
    await Promise.all(keys.map(key => set(key, `value of ${key}`)))
    const values = await Promise.all(keys.map(get))
    assert.deepEqual(
      values,
      keys.map(key => `value of ${key}`),
    )
  })
}

function describeExpiry(check: Check): void {
  check('an entry expires after its own time to live', async ({ set, get }) => {
    await set('own', 1, '100ms')
    await set('seconds', 2, 0.1)
    await set('least', 3, '1us')
    await set('longest', 4, Number.MAX_VALUE / 1e4)
    for (const key of ['own', 'seconds', 'least']) {
      await eventually(async () => (await get(key)) === null, `${key} expires`)
    }
    assert.equal(await get('longest'), 4)
  })

  check(
    'the default time to live is for entries without one of their own',
    async ({ set, get }) => {
      await set('own', 1, '1h')
      await set('default', 2)
      await eventually(async () => (await get('default')) === null, 'the entry without a ttl expires')
      assert.equal(await get('own'), 1)
    },
    { ttl: '100ms' },
  )

  check('a new value brings its own time to live', async ({ set, get }) => {
    await set('kept', 1, '50ms')
    await set('gone', 1)
    await set('kept', 2)
    await set('gone', 2, '50ms')
    await eventually(async () => (await get('gone')) === null, 'the entry with a ttl expires')
    assert.equal(await get('kept'), 2)
  })
}

function describeRefusals(check: Check): void {
  check(
    'a value above max-value is answered 413 in bytes, not characters, and nothing is stored',
    async ({ set, get }) => {
      assert.equal((await set('a', '12345678')).status, 200)
      assert.equal((await set('b', 'üüüüü')).status, 413)
      assert.equal(await get('b'), null)
    },
    { 'max-value': '10b' },
  )

  check('a key that is too long is answered 414, at the limit it is stored', async ({ ask, set, get }) => {
    const long = 'k'.repeat(513)
    assert.equal((await ask('GET', long)).status, 414)
    assert.equal((await set(long, 1)).status, 414)
    await set(long.slice(1), 1)
    assert.equal(await get(long.slice(1)), 1)
  })

  check('a body that is no set command is answered 400 or 415 and nothing is stored', async ({ ask, get, context }) => {
    for (const body of NO_COMMANDS) {
      assert.equal((await ask('POST', 'a', body)).status, 400, String(body).slice(0, 60))
    }
    assert.equal((await ask('POST', 'a', '{"value":1}', '\ncontent-type: text/plain')).status, 415)
    assert.equal(await get('a'), null)
    assert.equal(context.count.sets.value, 0)
  })
}

const NO_COMMANDS: readonly Body[] = [
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
