import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { headers, Reply, Request } from '@archlab/runtime/kit'
import { CacheKeys } from './cache-key.ts'
import { memberName } from './cache-status.ts'
import { judge } from './reply-rules.ts'
import { BODY, bypassOf, CONDITIONAL, isUnsafe, METHOD, NO_STORE, RANGE, REFRESH } from './request-rules.ts'

const request = (fields = {}) => new Request({ method: 'GET', path: '/data', ...fields })
const rules = {
  statuses: [200],
  ttlMs: 30_000,
  negativeStatuses: [404],
  negativeTtlMs: 0,
  staleWhileRevalidateMs: 0,
  staleIfErrorMs: 0,
  maxEntryBytes: 10,
  keyedByAuthorization: true,
}
const lifetimeMs = (one: Reply, changed = {}): number => judge(one, { ...rules, ...changed }).ttlMs
const keysOf = (fixed: string | undefined, prefix: string): ((one: Request) => string) => {
  const keys = new CacheKeys(fixed, prefix)
  return one => keys.key(keys.uri(one), one)
}
const reply = (fields: Record<string, string | string[]>, status = 200, body = 'x') =>
  new Reply(status, headers(fields), body)

describe('requests', () => {
  test('only GET and HEAD without body, range and condition are answered from the cache', () => {
    const withHeader = (name: string, value: string) => request({ headers: headers({ accept: '*/*', [name]: value }) })
    assert.equal(bypassOf(request()), undefined)
    assert.equal(bypassOf(request({ method: 'HEAD' })), undefined)
    assert.equal(bypassOf(withHeader('x-range', 'a')), undefined)
    assert.equal(bypassOf(request({ method: 'POST' })), METHOD)
    assert.equal(bypassOf(request({ body: 'x' })), BODY)
    assert.equal(bypassOf(request({ body: new Uint8Array(1) })), BODY)
    assert.equal(bypassOf(withHeader('range', 'bytes=0-1')), RANGE)
    assert.equal(bypassOf(withHeader('if-none-match', '"a"')), CONDITIONAL)
    assert.equal(bypassOf(withHeader('cache-control', 'no-store')), NO_STORE)
    assert.equal(bypassOf(withHeader('cache-control', 'foo, No-Cache')), REFRESH)
    assert.equal(bypassOf(withHeader('cache-control', 'max-age=0')), REFRESH)
    assert.equal(bypassOf(withHeader('cache-control', 'max-age=60, xno-store')), undefined)
  })

  test('methods that nobody knows to be safe may change what they are for', () => {
    assert.deepEqual(['GET', 'HEAD', 'OPTIONS', 'TRACE'].map(isUnsafe), [false, false, false, false])
    assert.deepEqual(['POST', 'PUT', 'PATCH', 'DELETE', 'PURGE', 'get'].map(isUnsafe), Array(6).fill(true))
  })

  test('the key is path and query, apart for each Authorization, and never shows it', () => {
    const keyOf = keysOf(undefined, '')
    const as = (who: string) => request({ headers: headers({ authorization: `Bearer ${who}` }) })
    assert.equal(keyOf(request({ query: 'a=1' })), '/data?a=1')
    assert.notEqual(keyOf(as('ann')), keyOf(as('bob')))
    assert.notEqual(keyOf(as('ann')), keyOf(request()))
    assert.equal(keyOf(as('ann')), keyOf(as('ann')))
    assert.doesNotMatch(keyOf(as('ann')), /ann/)
  })

  test('a long path has a short key of its own', () => {
    const keyOf = keysOf(undefined, 'here ')
    const long = `/${'a'.repeat(5000)}`
    assert.ok(keyOf(request({ path: long })).length < 200)
    assert.notEqual(keyOf(request({ path: long })), keyOf(request({ path: `${long}b` })))
  })

  test('a key from the settings is the same for everybody', () => {
    const keyOf = keysOf('my_data', 'prefix ')
    assert.equal(keyOf(request({ headers: headers({ authorization: 'Bearer a' }) })), 'my_data')
  })
})

describe('variants', () => {
  const keys = new CacheKeys(undefined, '')
  const selection = (vary: string, fields: Record<string, string | string[]>) =>
    keys.selection(vary, request({ headers: headers(fields) }))

  test('the same values of the named fields choose the same variant, whatever the others are', () => {
    const vary = 'accept, accept-language'
    const english = { accept: 'text/html', 'accept-language': 'en, de' }
    assert.equal(
      selection(vary, english),
      selection(vary, { 'x-other': '1', ...english, 'accept-language': 'en ,de ' }),
    )
    assert.equal(selection(vary, english), selection(vary, { ...english, 'accept-language': ['en', 'de'] }))
    assert.notEqual(selection(vary, english), selection(vary, { ...english, 'accept-language': 'de' }))
    assert.equal(selection('', english), '')
  })

  test('absent is not empty, and a value cannot pretend to be two', () => {
    const distinct = [{}, { a: '' }, { b: '' }, { a: '-' }, { a: '', b: '' }, { a: 'x', b: 'y' }, { a: 'x +y' }]
    assert.equal(new Set(distinct.map(fields => selection('a, b', fields as Record<string, string>))).size, 7)
  })

  test('a selection does not show the values', () => {
    assert.match(selection('cookie', { cookie: 'session=secret' }), /^[0-9a-f]{64}$/)
  })
})

describe('replies', () => {
  test('a plain reply of a listed status is kept for ttl', () => {
    assert.equal(lifetimeMs(reply({})), 30_000)
    assert.equal(lifetimeMs(reply({}, 404)), 0)
    assert.equal(lifetimeMs(reply({}, 404), { statuses: [200, 404] }), 30_000)
  })

  test('Cache-Control can forbid to keep a reply and shorten its life, not lengthen it', () => {
    const life = (control: string | string[], more = {}) => lifetimeMs(reply({ 'cache-control': control, ...more }))
    for (const no of [
      'no-store',
      'private',
      'no-cache',
      'Private="x"',
      'max-age=0',
      'max-age=x',
      's-maxage=0, max-age=9',
    ]) {
      assert.equal(life(no), 0, no)
    }
    assert.equal(life('public, max-age=10'), 10_000)
    assert.equal(life('max-age=10, s-maxage=20'), 20_000)
    assert.equal(life('max-age=3600'), 30_000)
    assert.equal(life(['public', 'max-age=5']), 5000)
    assert.equal(life('max-age=10, max-age=2'), 2000)
    assert.equal(life('max-age=10', { age: '4' }), 6000)
    assert.equal(life('max-age=10', { age: '40' }), 0)
  })

  test('a reply for one client only is neither kept nor shared', () => {
    const many = Array.from({ length: 17 }, (_, at) => `x-${at}`).join(',')
    for (const fields of [{ 'set-cookie': 'a=1' }, { vary: '*' }, { vary: 'accept, *' }, { vary: many }]) {
      assert.deepEqual([judge(reply(fields), rules).shareable, lifetimeMs(reply(fields))], [false, 0])
    }
    assert.equal(judge(reply({}, 503), rules).shareable, true)
  })

  test('Vary names the fields that choose, in one form; Authorization only where it is not in the key', () => {
    const vary = (field: string | string[], changed = {}) =>
      judge(reply({ vary: field }), { ...rules, ...changed }).vary
    assert.equal(vary('Authorization'), '')
    assert.equal(vary('Authorization', { keyedByAuthorization: false }), 'authorization')
    assert.equal(vary([' B,a ', 'A,,b']), 'a, b')
  })

  test('negative replies are kept for a time of their own', () => {
    assert.equal(lifetimeMs(reply({}, 404), { negativeTtlMs: 5000 }), 5000)
    assert.equal(lifetimeMs(reply({}, 410), { negativeTtlMs: 5000 }), 0)
    assert.equal(lifetimeMs(reply({ 'cache-control': 'max-age=2' }, 404), { negativeTtlMs: 5000 }), 2000)
    assert.equal(lifetimeMs(reply({}, 404), { negativeTtlMs: 5000, statuses: [404] }), 30_000)
  })

  test('a reply can shorten how long it may be stale, or forbid it, not lengthen it', () => {
    const stale = { staleWhileRevalidateMs: 60_000, staleIfErrorMs: 90_000 }
    const windows = (control: string, status = 200, changed = {}) => {
      const verdict = judge(reply({ 'cache-control': control }, status), { ...rules, ...stale, ...changed })
      return [verdict.staleWhileRevalidateMs, verdict.staleIfErrorMs]
    }
    assert.deepEqual(windows('public'), [60_000, 90_000])
    assert.deepEqual(windows('stale-while-revalidate=5'), [5000, 90_000])
    assert.deepEqual(windows('stale-if-error=5, stale-while-revalidate=3600'), [60_000, 5000])
    assert.deepEqual(windows('stale-if-error'), [60_000, 0])
    for (const no of ['must-revalidate', 'proxy-revalidate', 's-maxage=20']) assert.deepEqual(windows(no), [0, 0], no)
    assert.deepEqual(windows('public', 404, { negativeTtlMs: 5000 }), [0, 0])
    assert.deepEqual(windows('stale-while-revalidate=5', 200, { staleWhileRevalidateMs: 0 }), [0, 90_000])
  })

  test('a body above max-entry is not kept', () => {
    assert.equal(lifetimeMs(reply({}, 200, 'x'.repeat(10))), 30_000)
    assert.equal(lifetimeMs(reply({}, 200, 'x'.repeat(11))), 0)
    assert.equal(lifetimeMs(reply({}, 200, 'ä'.repeat(6))), 0)
  })
})

test('a replica stands in Cache-Status as a token where it is one, else quoted', () => {
  assert.equal(memberName('microservice-a/0'), 'microservice-a/0')
  assert.equal(memberName('4cache/0'), '"4cache/0"')
})
