import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { LAST_SCALAR_VALUE, scalarValue } from '../testing/scalar-value.ts'
import { bodyText } from './body.ts'
import { problem, proxyStatus } from './problem.ts'

const documentOf = (reply: { body: string | Uint8Array }): unknown => JSON.parse(bodyText(reply.body))

test('a bare problem is an RFC 9457 document with type, title and status', () => {
  const reply = problem(404)
  assert.equal(reply.status, 404)
  assert.equal(reply.header('content-type'), 'application/problem+json')
  assert.deepEqual(documentOf(reply), { type: 'about:blank', title: 'Not Found', status: 404 })
})

test('a problem carries detail, title, further members and further header fields', () => {
  const reply = problem(429, {
    title: 'Slow down',
    detail: 'Try again in 3 s.',
    extra: { error: 'limited' },
    headers: { 'Retry-After': '3' },
  })
  assert.equal(reply.header('retry-after'), '3')
  assert.equal(reply.header('proxy-status'), undefined)
  assert.deepEqual(documentOf(reply), {
    type: 'about:blank',
    title: 'Slow down',
    status: 429,
    detail: 'Try again in 3 s.',
    error: 'limited',
  })
})

test('a status without a standard phrase still gets a title', () => {
  assert.deepEqual(documentOf(problem(599)), { type: 'about:blank', title: 'Unknown', status: 599 })
})

test('a Proxy-Status names the replica, the error and the mechanism', () => {
  const reply = problem(429, {
    proxyStatus: { replica: 'gateway/0', error: 'http_request_denied', details: 'rate-limit' },
  })
  assert.equal(reply.header('proxy-status'), 'gateway/0; error=http_request_denied; details="rate-limit"')
})

test('a replica whose name is no token, since it begins with a digit, is written as a string', () => {
  const field = proxyStatus({ replica: '2fa/0', error: 'connection_refused', details: 'x' })
  assert.equal(field, '"2fa/0"; error=connection_refused; details="x"')
})

test('any details are one string of printable ASCII, in which quotes and backslashes are escaped', () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.string({ unit: fc.nat(LAST_SCALAR_VALUE).map(scalarValue) }), fc.stringMatching(/^["\\a ]{0,12}$/)),
      details => {
        const field = proxyStatus({ replica: 'a/0', error: 'proxy_internal_error', details })
        const text = /^a\/0; error=proxy_internal_error; details="((?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"$/.exec(
          field,
        )
        assert.ok(text, field)
        assert.equal(text[1]!.replace(/\\(.)/g, '$1'), details.replace(/[^\x20-\x7e]/g, '?'))
      },
    ),
  )
})
