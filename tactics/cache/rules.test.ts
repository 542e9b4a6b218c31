import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { headers, Reply, Request } from '@archlab/runtime/kit'
import { cacheKey } from './cache-key.ts'
import { memberName } from './cache-status.ts'
import { lifetimeMs, shareable } from './reply-rules.ts'
import { BODY, bypassOf, CONDITIONAL, METHOD, NO_STORE, RANGE, REFRESH } from './request-rules.ts'

const request = (fields = {}) => new Request({ method: 'GET', path: '/data', ...fields })
const rules = { statuses: [200], ttlMs: 30_000, maxEntryBytes: 10, keyedByAuthorization: true }
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

  test('the key is path and query, apart for each Authorization, and never shows it', () => {
    const keyOf = cacheKey(undefined, '')
    const as = (who: string) => request({ headers: headers({ authorization: `Bearer ${who}` }) })
    assert.equal(keyOf(request({ query: 'a=1' })), '/data?a=1')
    assert.notEqual(keyOf(as('ann')), keyOf(as('bob')))
    assert.notEqual(keyOf(as('ann')), keyOf(request()))
    assert.equal(keyOf(as('ann')), keyOf(as('ann')))
    assert.doesNotMatch(keyOf(as('ann')), /ann/)
  })

  test('a long path has a short key of its own', () => {
    const keyOf = cacheKey(undefined, 'here ')
    const long = `/${'a'.repeat(5000)}`
    assert.ok(keyOf(request({ path: long })).length < 200)
    assert.notEqual(keyOf(request({ path: long })), keyOf(request({ path: `${long}b` })))
  })

  test('a key from the settings is the same for everybody', () => {
    const keyOf = cacheKey('my_data', 'prefix ')
    assert.equal(keyOf(request({ headers: headers({ authorization: 'Bearer a' }) })), 'my_data')
  })
})

describe('replies', () => {
  test('a plain reply of a listed status is kept for ttl', () => {
    assert.equal(lifetimeMs(reply({}), rules), 30_000)
    assert.equal(lifetimeMs(reply({}, 404), rules), 0)
    assert.equal(lifetimeMs(reply({}, 404), { ...rules, statuses: [200, 404] }), 30_000)
  })

  test('Cache-Control can forbid to keep a reply and shorten its life, not lengthen it', () => {
    const life = (control: string | string[], more = {}) =>
      lifetimeMs(reply({ 'cache-control': control, ...more }), rules)
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
    for (const fields of [
      { 'set-cookie': 'a=1' },
      { vary: '*' },
      { vary: 'accept' },
      { vary: 'Authorization, accept' },
    ]) {
      assert.equal(shareable(reply(fields), rules), false)
      assert.equal(lifetimeMs(reply(fields), rules), 0)
    }
    assert.equal(shareable(reply({ vary: 'Authorization' }), rules), true)
    assert.equal(shareable(reply({ vary: 'Authorization' }), { ...rules, keyedByAuthorization: false }), false)
  })

  test('a body above max-entry is not kept', () => {
    assert.equal(lifetimeMs(reply({}, 200, 'x'.repeat(10)), rules), 30_000)
    assert.equal(lifetimeMs(reply({}, 200, 'x'.repeat(11)), rules), 0)
    assert.equal(lifetimeMs(reply({}, 200, 'ä'.repeat(6)), rules), 0)
  })
})

test('a replica stands in Cache-Status as a token where it is one, else quoted', () => {
  assert.equal(memberName('microservice-a/0'), 'microservice-a/0')
  assert.equal(memberName('4cache/0'), '"4cache/0"')
})
