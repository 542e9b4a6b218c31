import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ReplyReader } from './reply-reader.ts'

/** What a reader made of octets that came in pieces, one request after the other. */
function read(pieces: readonly string[], options: { isHead?: boolean; ended?: boolean; requests?: number } = {}) {
  const { isHead = false, ended = false, requests = 1 } = options
  const events: unknown[] = []
  const reader = new ReplyReader({
    replied: (status, bytes, keepAlive) => {
      events.push([status, bytes, keepAlive])
      if (events.length < requests) reader.expect(isHead)
    },
    broken: fault => events.push(fault),
  })
  reader.expect(isHead)
  for (const piece of pieces) {
    const octets = Buffer.from(piece, 'latin1')
    reader.read(octets, octets.length)
    // The caller uses its buffer again.
    octets.fill(0)
  }
  if (ended) events.push(reader.end())
  return events
}

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello'
const CHUNKED = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nX-Sum: 1\r\n\r\n'

const CASES: Record<string, { text: string; events: unknown[]; isHead?: boolean; ended?: boolean }> = {
  'a reply with a length': { text: OK, events: [[200, 5, true]] },
  'a reply without a body': { text: 'HTTP/1.1 204 No Content\r\n\r\n', events: [[204, 0, true]] },
  'a length of zero': { text: 'HTTP/1.1 200 OK\r\ncontent-length:0\r\n\r\n', events: [[200, 0, true]] },
  'an empty reason': { text: 'HTTP/1.1 404\r\nContent-Length: 0\r\n\r\n', events: [[404, 0, true]] },
  'a chunked reply with extension and trailer': { text: CHUNKED, events: [[200, 5, true]] },
  'a reply to HEAD': { text: OK.replace('hello', ''), events: [[200, 0, true]], isHead: true },
  'interim replies first': {
    text: `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n${OK}`,
    events: [[200, 5, true]],
  },
  'a redirect, which is a reply like any other': {
    text: 'HTTP/1.1 302 Found\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n',
    events: [[302, 0, true]],
  },
  'connection: close': {
    text: 'HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n',
    events: [[200, 0, false]],
  },
  'HTTP/1.0': { text: 'HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n', events: [[200, 0, false]] },
  'a body that ends with the connection': {
    text: 'HTTP/1.1 200 OK\r\n\r\nabc',
    events: [[200, 3, false], true],
    ended: true,
  },
  'a body cut off': { text: OK.slice(0, -1), events: [false], ended: true },
  'a chunked body cut off': { text: CHUNKED.slice(0, -2), events: [false], ended: true },
  'more than the length says': { text: `${OK}!`, events: [[200, 5, false], 'excess data'] },
  'no HTTP at all': { text: 'SSH-2.0-OpenSSH_9\r\n', events: ['bad head'] },
  'another version': { text: 'HTTP/2.0 200 OK\r\n\r\n', events: ['bad head'] },
  'a folded field': { text: 'HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n', events: ['bad head'] },
  'a space before the colon': { text: 'HTTP/1.1 200 OK\r\nContent-Length : 5\r\n\r\nhello', events: ['bad head'] },
  'a head without end': { text: `HTTP/1.1 200 OK\r\nA: ${'x'.repeat(70_000)}`, events: ['bad head'] },
  'a negative length': { text: 'HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n', events: ['bad content-length'] },
  'two lengths': {
    text: 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\na',
    events: ['bad content-length'],
  },
  'length and chunked': {
    text: 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n',
    events: ['bad head'],
  },
  'a coding that is not asked for': {
    text: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n',
    events: ['bad head'],
  },
  'a chunk size that is no number': { text: CHUNKED.replace('3\r\n', 'z\r\n'), events: ['bad chunk'] },
  'a chunk longer than its size': { text: CHUNKED.replace('abc', 'abcd'), events: ['bad chunk'] },
  'a line that ends without CR': { text: CHUNKED.replace('3\r\n', '3\n'), events: ['bad chunk'] },
  'a switch of protocols that nobody asked for': { text: 'HTTP/1.1 101 Switching\r\n\r\n', events: ['bad head'] },
}

for (const [name, { text, events, ...options }] of Object.entries(CASES)) {
  test(`${name} is read as what it is, whole, octet by octet and in any pieces`, () => {
    assert.deepEqual(read([text], options), events)
    assert.deepEqual(
      read([...text], options),
      text.endsWith('!') ? events.map(one => (Array.isArray(one) ? [200, 5, true] : one)) : events,
    )
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: text.length }), { maxLength: 5 }), cuts => {
        const edges = [0, ...cuts.sort((a, b) => a - b), text.length]
        const pieces = edges.slice(1).map((edge, at) => text.slice(edges[at], edge))
        const found = read(pieces.filter(Boolean), options)
        assert.deepEqual(found.at(-1), events.at(-1))
      }),
      { numRuns: 50 },
    )
  })
}

test('several replies on one connection are told apart, also when their heads are alike', () => {
  const other = 'HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc'
  const expected = [
    [200, 5, true],
    [200, 5, true],
    [200, 3, true],
    [200, 5, true],
  ]
  assert.deepEqual(read([OK, OK, other, OK], { requests: 4 }), expected)
})

test('a body that somebody wants is handed over as text before the reply is told', () => {
  const told: unknown[] = []
  const reader = new ReplyReader({
    replied: status => told.push(status),
    broken: fault => told.push(fault),
    body: text => told.push(text),
  })
  reader.expect(false, true)
  for (const piece of [CHUNKED.slice(0, 60), CHUNKED.slice(60)]) reader.read(Buffer.from(piece), piece.length)
  assert.deepEqual(told, ['abcde', 200])
})
