import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ArchlabError } from '../../kit/index.ts'
import { outcomeOf } from './outcome.ts'
import { parseInjection } from './parse.ts'

test('a request is read with its query, its fields and its JSON body', () => {
  const words = { inject: 'api/1', request: 'POST /task?a=1&b', headers: { 'X-Many': ['1', '2'] }, json: { n: 1 } }
  assert.deepEqual(parseInjection(words), {
    target: 'api/1',
    request: {
      method: 'POST',
      path: '/task',
      query: 'a=1&b',
      headers: '\nx-many: 1\nx-many: 2\ncontent-type: application/json',
      body: '{"n":1}',
    },
  })
  const typed = { inject: 'api', request: 'PUT /', headers: { 'Content-Type': 'application/x+json' }, json: null }
  assert.deepEqual(parseInjection(typed).request.headers, '\ncontent-type: application/x+json')
  assert.equal(parseInjection({ inject: 'api', request: 'GET /' }).request.body, '')
})

test('what is no request is refused with a word about it', () => {
  const get = { inject: 'api', request: 'GET /' }
  const cases: [unknown, RegExp][] = [
    [[], /is an object/],
    [{ request: 'GET /' }, /must name/],
    [{ inject: 'api' }, /METHOD \/path/],
    [{ inject: 'api', request: 'get /' }, /capitals/],
    [{ inject: 'api', request: 'GET /{id}' }, /key in braces/],
    [{ ...get, body: 'x' }, /has no "body"/],
    [{ ...get, headers: 'a: b' }, /must be an object/],
    [{ ...get, headers: { 'a b': 'c' } }, /none of a header field/],
    [{ ...get, headers: { a: 'b\r\nc: d' } }, /one line of text/],
    [{ ...get, headers: { a: 5 } }, /one line of text/],
    [{ ...get, headers: { Host: 'example' } }, /of the connection/],
  ]
  for (const [words, message] of cases) {
    assert.throws(() => parseInjection(words), { code: 'OPERATION_MALFORMED', message })
  }
})

test('any JSON is a request or refused, never a crash', () => {
  const member = fc.constantFrom('inject', 'request', 'headers', 'json', 'x')
  const value = fc.oneof(
    fc.jsonValue(),
    fc.constantFrom('api', 'GET /', 'GET /a?b'),
    fc.dictionary(fc.string(), fc.string()),
  )
  fc.assert(
    fc.property(fc.dictionary(member, value), words => {
      try {
        const { request } = parseInjection(words)
        assert.ok(request.headers === '' || request.headers.startsWith('\n'))
      } catch (error) {
        assert.ok(error instanceof ArchlabError && error.code === 'OPERATION_MALFORMED', String(error))
      }
    }),
  )
})

test('a reply becomes JSON: fields in order, the hops with their times, bytes in base64', () => {
  const given = {
    replica: 'api/0',
    status: 200,
    headers: '\na: 1\na: 2',
    body: new Uint8Array([0xff, 0x00]),
    timing: 'edge-0;desc="edge/0";dur=2.500, api-0;desc="api/0";dur=1.25',
    traceparent: '00-1-2-01',
    durationMs: 3,
  }
  const outcome = outcomeOf('edge/0', given)
  assert.deepEqual(outcome.headers, [
    ['a', '1'],
    ['a', '2'],
  ])
  assert.deepEqual([outcome.body, outcome.encoding], ['/wA=', 'base64'])
  assert.deepEqual(outcome.hops, [
    { replica: 'edge/0', durationMs: 2.5 },
    { replica: 'api/0', durationMs: 1.25 },
  ])
  assert.deepEqual([outcomeOf('edge/0', { ...given, body: '{}' }).body, outcome.asked], ['{}', 'edge/0'])
})
