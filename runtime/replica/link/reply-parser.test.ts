import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ReplyError, ReplyParser, type WireReply } from './reply-parser.ts'

/** Feeds the text cut at the given places; the reply, or null when it is not complete. */
function parse(text: string | Buffer, cuts: readonly number[] = [], isHead = false) {
  const bytes = Buffer.from(text as string, 'latin1')
  const parser = new ReplyParser(isHead)
  const edges = [0, ...cuts.map(cut => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length]
  let reply: WireReply | null = null
  for (let at = 0; at + 1 < edges.length && !reply; at++) {
    // The connection reuses its read buffer, so the parser must not keep views into what it is given.
    const chunk = Buffer.from(bytes.subarray(edges[at], edges[at + 1]))
    if (chunk.length > 0) reply = parser.feed(chunk)
    chunk.fill(0)
  }
  return { parser, reply }
}
const body = (reply: WireReply | null): string => Buffer.from((reply?.body || '') as Uint8Array).toString('latin1')

const REPLIES: Record<string, { text: string; body: string }> = {
  'with a length': { text: 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-A: b\r\n\r\nhello', body: 'hello' },
  chunked: {
    text: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;ext=1\r\nhel\r\n2\r\nlo\r\n0\r\nTrailer-Field: x\r\n\r\n',
    body: 'hello',
  },
  'after an interim one': {
    text: 'HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello',
    body: 'hello',
  },
  'without a body': { text: 'HTTP/1.1 204 No Content\r\n\r\n', body: '' },
  'of length zero': { text: 'HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n', body: '' },
  'without a phrase': { text: 'HTTP/1.1 200\r\nContent-Length: 1\r\n\r\nx', body: 'x' },
}

for (const [what, expected] of Object.entries(REPLIES)) {
  test(`a reply ${what} reads the same however its bytes are cut`, () => {
    fc.assert(
      fc.property(fc.array(fc.nat(500), { maxLength: 12 }), cuts => {
        const { reply, parser } = parse(expected.text, cuts)
        assert.equal(body(reply), expected.body)
        assert.equal(parser.keepAlive, true)
      }),
    )
  })
}

test('binary bodies arrive byte for byte, by length and in chunks', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 3000 }), fc.array(fc.nat(3500), { maxLength: 5 }), (bytes, cuts) => {
      const data = Buffer.from(bytes).toString('latin1')
      const sized = parse(`HTTP/1.1 200 OK\r\nContent-Length: ${bytes.length}\r\n\r\n${data}`, cuts)
      const half = data.length >> 1
      const chunk = (part: string): string => (part === '' ? '' : `${part.length.toString(16)}\r\n${part}\r\n`)
      const text = `HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n${chunk(data.slice(0, half))}${chunk(data.slice(half))}0\r\n\r\n`
      assert.equal(body(sized.reply), data)
      assert.equal(body(parse(text, cuts).reply), data)
    }),
  )
})

test('repeated fields stay apart, connection fields and those they name are dropped', () => {
  const { reply } = parse(
    'HTTP/1.1 200 OK\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\nConnection: keep-alive, X-Hop\r\nX-Hop: 1\r\nDate: x\r\nx-archlab-replica: c/0\r\nContent-Length: 0\r\n\r\n',
  )
  assert.equal(reply?.headers, '\nset-cookie: a=1\nset-cookie: b=2')
  assert.equal(reply?.replica, 'c/0')
})

test('a reply delimited by the end of the connection is complete at the end, and the connection is not kept', () => {
  const { reply, parser } = parse('HTTP/1.1 200 OK\r\n\r\nhel')
  assert.equal(reply, null)
  parser.feed(Buffer.from('lo'))
  assert.equal(body(parser.end()), 'hello')
  assert.equal(parser.keepAlive, false)
})

test('the reply to HEAD has no body, whatever length it declares', () => {
  const { reply } = parse('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n', [], true)
  assert.equal(reply?.status, 200)
  assert.equal(reply?.body, '')
})

for (const [what, text] of Object.entries({
  'that closes': 'HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n',
  'of HTTP/1.0': 'HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n',
  'with bytes after its end': 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nHTTP/1.1 200 OK\r\n',
})) {
  test(`the connection is not kept after a reply ${what}`, () => {
    assert.equal(parse(text).parser.keepAlive, false)
  })
}

for (const [what, text] of Object.entries({
  'with another protocol': 'SSH-2.0-x\r\n\r\n',
  'with two lengths that differ': 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx',
  'with length and chunks': 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n',
  'with a negative length': 'HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n',
  'with a length that is a list': 'HTTP/1.1 200 OK\r\nContent-Length: 1, 1\r\n\r\nx',
  'with an unknown coding': 'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n',
  'with a folded field': 'HTTP/1.1 200 OK\r\nX-A: b\r\n c\r\n\r\n',
  'with a space before the colon': 'HTTP/1.1 200 OK\r\nX-A : b\r\n\r\n',
  'with a bad chunk size': 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n',
  'with a chunk that is too short': 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nxyz\r\n',
  'with an upgrade': 'HTTP/1.1 101 Switching Protocols\r\n\r\n',
  'with an endless head': `HTTP/1.1 200 OK\r\nX: ${'a'.repeat(70_000)}`,
  'with a giant length': 'HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n',
})) {
  test(`a reply ${what} is refused`, () => {
    assert.throws(() => parse(text), ReplyError)
  })
}

test('a reply that breaks off is refused at the end of the connection', () => {
  const { parser } = parse('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel')
  assert.throws(() => parser.end(), ReplyError)
})

test('arbitrary bytes are a reply, incomplete, or a ReplyError, never another error', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.boolean(), (bytes, wellBegun) => {
      try {
        parse(Buffer.concat([Buffer.from(wellBegun ? 'HTTP/1.1 200 OK\r\n' : ''), bytes]))
      } catch (error) {
        assert.ok(error instanceof ReplyError)
      }
    }),
  )
})

test('the reply to HEAD has no body and keeps the length that a body would have', () => {
  const { reply, parser } = parse('HTTP/1.1 200 OK\r\nContent-Length: 42\r\nX-A: b\r\n\r\n', [], true)
  assert.equal(reply?.headers, '\ncontent-length: 42\nx-a: b')
  assert.equal(reply?.body, '')
  assert.equal(parser.keepAlive, true)
})

test('spaces and tabs around a value go, but not the octet 0xA0 that ends an "à"', () => {
  const wire = Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 0\r\nX-A: \t là \t\r\nX-B:\u00a0\r\n\r\n')
  assert.equal(parse(wire).reply?.headers, '\nx-a: là\nx-b: \u00a0')
})
