import assert from 'node:assert/strict'
import { test } from 'node:test'
import { headers, Request } from '@archlab/runtime/kit'
import { ABSENT, KEY_PATTERN, requestKey } from './request-key.ts'

const keyOf = (specification: string, fields: Partial<Request>): string =>
  requestKey(specification)!(new Request({ method: 'GET', path: '/orders', ...fields }))
const token = (payload: unknown): string => `x.${Buffer.from(JSON.stringify(payload)).toString('base64url')}.y`
const bearer = (value: string) => ({ headers: headers({ authorization: `Bearer ${value}` }) })

test('the key is the address, the path or a header, whatever its case', () => {
  assert.equal(requestKey('none'), undefined)
  assert.equal(keyOf('ip', { client: '10.0.0.7' }), '10.0.0.7')
  assert.equal(keyOf('path', {}), '/orders')
  assert.equal(keyOf('header:X-Tenant', { headers: headers({ 'x-tenant': 'blue' }) }), 'blue')
  assert.equal(keyOf('header:x-tenant', {}), ABSENT)
})

test('the key is a claim of the bearer token, text or number', () => {
  assert.equal(keyOf('claim:sub', bearer(token({ sub: 'user1' }))), 'user1')
  assert.equal(keyOf('claim:tenant', bearer(token({ tenant: 7 }))), '7')
})

test('a token without the claim, or that is no token, counts as absent', () => {
  const odd = [token({}), token(null), token([1]), token({ sub: { a: 1 } }), 'x.%%%.y', 'x', '..', '', 'x'.repeat(9000)]
  for (const one of odd) assert.equal(keyOf('claim:sub', bearer(one)), ABSENT, one.slice(0, 40))
  assert.equal(keyOf('claim:sub', {}), ABSENT)
  assert.equal(keyOf('claim:__proto__', bearer(token({ sub: 'a' }))), ABSENT)
  assert.equal(keyOf('claim:constructor', bearer(token({ sub: 'a' }))), ABSENT)
})

test('a long key is replaced by a hash: bounded, and still one for each value', () => {
  const key = (value: string) => keyOf('header:x', { headers: headers({ x: value }) })
  const long = 'a'.repeat(5000)
  assert.equal(key(long).length, 64)
  assert.notEqual(key(long), key(`${long}b`))
  assert.equal(key(long), key(long))
})

test('only the documented forms of key are accepted', () => {
  const pattern = new RegExp(KEY_PATTERN)
  for (const good of ['none', 'ip', 'path', 'header:x-tenant', 'claim:sub']) assert.match(good, pattern)
  for (const bad of ['', 'IP', 'header:', 'header:a b', 'claim:', 'cookie:x', 'none '])
    assert.doesNotMatch(bad, pattern)
})
