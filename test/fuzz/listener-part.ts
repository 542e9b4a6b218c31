import assert from 'node:assert/strict'
import { Agent } from 'node:http'
import { connect } from 'node:net'
import { httpCall } from '@archlab/runtime/whole-lab'
import fc from 'fast-check'
import { FuzzLab } from './fuzz-lab.ts'
import { type FuzzPart, probe } from './part.ts'

/** How long a message may stay without an end before its sender goes. */
const PATIENCE_MS = 1000
/** After so many inputs the process is warm. */
const WARM_AFTER = 30

const MESSAGES = [
  'GET /a?b=c HTTP/1.1\r\nHost: lab\r\n\r\n',
  'POST /raw HTTP/1.1\r\nHost: lab\r\nContent-Length: 5\r\n\r\nhello',
  'POST /raw HTTP/1.1\r\nHost: lab\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n',
  'GET /local HTTP/1.1\r\nHost: lab\r\nAuthorization: Bearer a.b.c\r\n\r\n',
  'POST /login HTTP/1.1\r\nHost: lab\r\nContent-Type: application/json\r\nContent-Length: 34\r\n\r\n{"username":"user1","password":""}',
  'PUT /cache/a HTTP/1.1\r\nHost: lab\r\nContent-Length: 11\r\n\r\n{"value":1}',
  'GET /a HTTP/1.1\r\nHost: lab\r\n\r\nGET /b HTTP/1.1\r\nHost: lab\r\nConnection: close\r\n\r\n',
  'HEAD /a HTTP/1.1\r\nHost: lab\r\nExpect: 100-continue\r\n\r\n',
]

const PIECES = [
  ...[
    '\r\n',
    '\n',
    '\r',
    '\0',
    ' ',
    '\t',
    ':',
    ',',
    '\r\n\r\n',
    '\x7f',
    '\xff',
    '%00',
    '%',
    '/../',
    '//',
    '?',
    '#',
    '{',
    '"',
    '\\',
  ],
  ...[
    'Content-Length: 0\r\n',
    'Content-Length: 5, 5\r\n',
    'Content-Length: -1\r\n',
    'Content-Length: 99999999999999999999\r\n',
  ],
  ...[
    'content-length : 5\r\n',
    'Content-Length: +5\r\n',
    'Content-Length: 0x5\r\n',
    'Content-Length:\r\n',
    ' folded\r\n',
    '\tx: y\r\n',
  ],
  ...['Transfer-Encoding: chunked\r\n', 'Transfer-Encoding: xchunked\r\n', 'Transfer-Encoding: chunked, identity\r\n'],
  ...[
    'transfer-encoding\0: chunked\r\n',
    'TE: trailers\r\n',
    'Trailer: a\r\n',
    'Upgrade: websocket\r\nConnection: upgrade\r\n',
  ],
  ...[
    'Connection: close\r\n',
    'Connection: keep-alive, host\r\n',
    'Host: other\r\n',
    'Host\r\n',
    ': x\r\n',
    'a b: c\r\n',
    'Range: bytes=0-,0-,0-\r\n',
  ],
  ...[
    'FFFFFFFFFFFFFFFF\r\n',
    '-1\r\n',
    '5;a="\r\n',
    '0\r\n\r\n',
    '00000000000000000005\r\n',
    'HTTP/1.0',
    'HTTP/2.0',
    'PRI * HTTP/2.0',
    'HTTP/9.9',
  ],
  ...[
    'traceparent: 00-zz-zz-zz\r\n',
    'x-archlab-trace: 1\r\n',
    'x-archlab-deadline: -1\r\n',
    'x-archlab-deadline: 1e999\r\n',
    'x-archlab-link: x\r\n',
  ],
  ...[
    'GET http://other/ HTTP/1.1\r\n',
    'CONNECT a:1 HTTP/1.1\r\n',
    'OPTIONS * HTTP/1.1\r\n',
    '__proto__: a\r\n',
    'constructor: a\r\n',
  ],
]
const piece = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom(...PIECES) },
  { weight: 2, arbitrary: fc.uint8Array({ maxLength: 12 }).map(bytes => Buffer.from(bytes).toString('latin1')) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.constantFrom('a', '%41', 'a: b\r\n', '\r\n'), fc.nat(9))
      .map(([one, n]) => one.repeat(3 ** n)),
  },
)

/** A message in Latin-1: stretches of one that is right are replaced, at ends of lines as often as anywhere. */
const message = fc
  .tuple(
    fc.constantFrom(...MESSAGES),
    fc.array(fc.record({ at: fc.nat(400), lines: fc.boolean(), drop: fc.nat(12), piece }), { maxLength: 4 }),
  )
  .map(([text, changes]) =>
    changes.reduce((sum, { at, lines, drop, piece }) => {
      const ends = [...sum.matchAll(/\n/g)].map(({ index }) => index + 1)
      const from = lines && ends.length > 0 ? ends[at % ends.length]! : at % (sum.length + 1)
      return sum.slice(0, from) + piece + sum.slice(from + (lines ? 0 : drop))
    }, text),
  )

/** Bytes that are nearly HTTP at a listener of a real lab, while honest requests are answered beside them. */
export const listenerPart: FuzzPart = {
  name: 'listener',
  about: 'bytes that are nearly HTTP, at a listener of a real lab',
  alone: false,
  async prepare(t, given) {
    const lab = given ?? (await FuzzLab.start(t))
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    t.after(() => agent.destroy())
    const url = lab.under.url('edge')
    const port = Number(new URL(url).port)
    let count = 0
    return probe({
      inputs: fc.array(message, { minLength: 1, maxLength: 8 }),
      async check(messages) {
        count++
        const body = `honest ${count}`
        const [honest, ...received] = await Promise.all([
          httpCall(`${url}/raw`, { method: 'POST', body, agent }),
          ...messages.map(bytes => send(port, bytes)),
        ])
        assert.deepEqual([honest.status, honest.text], [200, body], 'the honest request is answered')
        for (const answer of received) {
          assert.match(answer, /^(?:HTTP\/1\.1 \d{3} |$)/, 'what is answered is HTTP')
          const status = /^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1] ?? ''
          assert.ok(!['500', '502'].includes(status), `answered ${status}: ${answer.slice(0, 600)}`)
        }
        if (count === WARM_AFTER) lab.remember()
      },
      finish: () => lab.assertWell(),
    })
  },
}

/** Sends bytes and nothing more; what came back until the connection ended, or nobody wanted to wait any longer. */
function send(port: number, bytes: string): Promise<string> {
  return new Promise(resolve => {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
    let received = ''
    const end = (): void => {
      clearTimeout(timer)
      socket.destroy()
      resolve(received)
    }
    const timer = setTimeout(end, PATIENCE_MS)
    socket.on('data', data => {
      received += data.toString('latin1')
    })
    socket.on('end', end)
    socket.on('error', end)
    socket.end(Buffer.from(bytes, 'latin1'))
  })
}
