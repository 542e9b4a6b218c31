import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readExpiry, readToken } from './token.ts'

test('a bearer token is read whatever the case of the scheme', () => {
  for (const scheme of ['Bearer', 'bearer', 'BEARER']) assert.equal(readToken(`${scheme} a.b.c`, 'bearer'), 'a.b.c')
  assert.equal(readToken('Bearer   a.b.c ', 'bearer'), 'a.b.c')
})

test('no field, an empty one, another scheme or a scheme alone is a missing token', () => {
  for (const field of [undefined, '', 'Bearer', 'Bearer ', 'Basic dTpw', 'a.b.c', 'BearerX a.b.c']) {
    assert.deepEqual(readToken(field, 'bearer'), { missing: true }, String(field))
  }
})

test('raw also takes the bare token', () => {
  assert.equal(readToken('a.b.c', 'raw'), 'a.b.c')
  assert.equal(readToken('Bearer a.b.c', 'raw'), 'a.b.c')
  assert.deepEqual(readToken('', 'raw'), { missing: true })
  assert.deepEqual(readToken('Basic dTpw', 'raw'), { malformed: true })
})

test('a token of foreign characters or beyond 8 kB is malformed', () => {
  for (const token of ['a b', 'ä', '{"a":1}', 'a=b', '<>', 'x'.repeat(8193)]) {
    assert.deepEqual(readToken(`Bearer ${token}`, 'bearer'), { malformed: true }, token.slice(0, 20))
  }
  assert.equal(readToken(`Bearer ${'x'.repeat(8192)}`, 'bearer'), 'x'.repeat(8192))
})

test('the expiry of a token is read where it is a number', () => {
  const token = (claims: unknown) => `x.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.y`
  assert.equal(readExpiry(token({ exp: 17 })), 17)
  for (const odd of [token({}), token({ exp: 'soon' }), token(null), 'x', 'x.%.y', '']) {
    assert.equal(readExpiry(odd), Number.POSITIVE_INFINITY)
  }
})
