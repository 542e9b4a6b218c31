import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { bodyBytes, bodyLength, bodyText, json, readJson } from './body.ts'
import { headers } from './headers.ts'
import { type Body, Reply, Request } from './message.ts'

const post = (body: Body, type?: string): Request =>
  new Request({ method: 'POST', path: '/', body, headers: type === undefined ? '' : headers({ 'content-type': type }) })

/** Status of the prepared problem, or the value that was read. */
function read(body: Body, type?: string): { status: number } | { value: unknown } {
  const outcome = readJson(post(body, type))
  return outcome instanceof Reply ? { status: outcome.status } : outcome
}

test('text and bytes are the same body: they convert to each other and have the same length on the wire', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), text => {
      const bytes = bodyBytes(text)
      assert.deepEqual(bytes, new Uint8Array(Buffer.from(text, 'utf8')))
      assert.equal(bodyText(bytes), text)
      assert.equal(bodyText(text), text)
      assert.equal(bodyLength(text), bytes.byteLength)
      assert.equal(bodyLength(bytes), bytes.byteLength)
      assert.equal(bodyBytes(bytes), bytes)
    }),
  )
})

test('bytes that are not UTF-8 are no text', () => {
  for (const bytes of [[0xff], [0xc3, 0x28], [0xed, 0xa0, 0x80], [0xf0, 0x9f, 0x92]]) {
    assert.throws(() => bodyText(Uint8Array.from(bytes)), TypeError)
  }
})

test('any JSON value is read back, from text and from bytes', () => {
  fc.assert(
    fc.property(fc.json(), text => {
      const value = JSON.parse(text)
      assert.deepEqual(read(text, 'application/json'), { value })
      assert.deepEqual(read(bodyBytes(text)), { value })
    }),
  )
})

test('media types of JSON are taken, with parameters and structured suffixes, in any case', () => {
  for (const type of [
    undefined,
    'application/json',
    'Application/JSON',
    'application/json;charset=utf-8',
    'application/json ; charset=utf-8',
    'application/problem+json',
    'application/vnd.archlab.task+json',
  ]) {
    assert.deepEqual(read('{"a":1}', type), { value: { a: 1 } }, type)
  }
})

test('another media type is answered 415, and a long one is not repeated in full', () => {
  for (const type of [
    'text/plain',
    'application/jsonp',
    'application/x-www-form-urlencoded',
    'application/',
    '',
    'json',
  ]) {
    assert.deepEqual(read('{"a":1}', type), { status: 415 }, type)
  }
  const reply = readJson(post('{}', `text/${'x'.repeat(10_000)}`))
  assert.ok(reply instanceof Reply && bodyLength(reply.body) < 300)
})

test('a body that is not JSON, or not UTF-8, or nested beyond measure, is answered 400', () => {
  for (const body of ['', '{', '{"a":1}x', "{'a':1}", 'undefined', Uint8Array.from([0x22, 0xff, 0x22])]) {
    assert.deepEqual(read(body, 'application/json'), { status: 400 }, String(body))
  }
  assert.deepEqual(read('['.repeat(1_000_000)), { status: 400 })
})

test('a member called __proto__ stays a member and changes no prototype', () => {
  const outcome = read('{"__proto__":{"admin":true}}') as { value: Record<string, unknown> }
  assert.deepEqual(Object.keys(outcome.value), ['__proto__'])
  assert.equal(outcome.value.admin, undefined)
  assert.equal(({} as Record<string, unknown>).admin, undefined)
})

test('a JSON reply has status, media type, further fields and the value', () => {
  const reply = json(202, { id: 1 }, { Location: '/task/1' })
  assert.equal(reply.status, 202)
  assert.equal(reply.header('content-type'), 'application/json')
  assert.equal(reply.header('location'), '/task/1')
  assert.equal(reply.body, '{"id":1}')
})
