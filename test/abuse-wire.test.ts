import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventually } from '@archlab/runtime/whole-lab'
import { TRANSPORTS } from './support/lab5.ts'
import { talk } from './support/raw-socket.ts'
import { get, HOST, post, Victim } from './support/victim.ts'

/* Bytes that are not quite HTTP. Whatever they are: a clear answer or a closed connection, and the lab lives on. */

test('What arrives on the wire', async t => {
  const victim = await Victim.start(t)
  t.afterEach(() => victim.assertWell())

  await t.test('messages that are not HTTP/1.1 are refused by the server, and the connection closed', () =>
    testRefusedByServer(victim),
  )
  await t.test('messages whose length or target is unclear are refused, and what follows is not read', () =>
    testUnclear(victim),
  )
  await t.test('pipelined requests that are answered at once are answered in order', () => testPipeline(victim))
  await t.test('pipelined requests that must wait end with the connection, never in a wrong order', () =>
    testAsyncPipeline(victim),
  )
  await t.test('a body that arrives byte by byte is taken', () => testSlowBody(victim))
  await t.test('a body whose end does not come in time is answered 408 and counted, and nobody behind is asked', () =>
    testHalfBody(victim),
  )
})

for (const transport of TRANSPORTS) {
  test(`over ${transport} links no target can break a request line or a header section`, async t => {
    const victim = await Victim.start(t, transport)
    const before = await victim.counts('echo')
    // Cut to their low bytes, these characters are a space and a line break.
    const [space, carriageReturn, lineFeed] = ['\u0120', '\u010d', '\u010a']
    const breakOut = `/a${space}HTTP/1.1${carriageReturn}${lineFeed}x-evil:${space}1${carriageReturn}${lineFeed}`
    const { replies } = await victim.talk(Buffer.from(get(`${breakOut}?${breakOut}`)), { replies: 1 })
    const seen = JSON.parse(Buffer.from(replies[0]!.body, 'latin1').toString())
    assert.equal(seen.path, breakOut)
    assert.equal(seen.query, breakOut)
    assert.equal(JSON.stringify(seen.headers).includes('evil'), false)
    assert.equal((await victim.counts('echo')).received, before.received + 1)
    await victim.assertWell()
  })
}

/** What uWebSockets.js answers itself, before the lab sees it. */
const REFUSED_BY_SERVER: [what: string, message: string, status: number][] = [
  ['HTTP/1.0', `GET / HTTP/1.0\r\n${HOST}\r\n`, 505],
  ['HTTP/2 preface', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 505],
  ['words', 'hello world\r\n\r\n', 505],
  ['a TLS greeting', `\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03${'\x00'.repeat(40)}\r\n\r\n`, 505],
  ['a NUL in the path', get('/\0'), 505],
  ['a space in the path', get('/a b'), 505],
  ['another form of target', get('http://lab.test/'), 505],
  ['CONNECT', `CONNECT lab.test:80 HTTP/1.1\r\n${HOST}\r\n`, 505],
  ['a header section of 100 kB', get('/', `x: ${'a'.repeat(100_000)}\r\n`), 431],
  ['a path of 100 kB', get(`/${'a'.repeat(100_000)}`), 431],
  ['1000 header fields', get('/', 'a: b\r\n'.repeat(1000)), 431],
  ['a negative length', post('/raw', 'Content-Length: -1\r\n', 'abc'), 400],
  ['a length with a sign', post('/raw', 'Content-Length: +3\r\n', 'abc'), 400],
  ['two lengths in one field', post('/raw', 'Content-Length: 3, 3\r\n', 'abc'), 400],
  ['a hexadecimal length', post('/raw', 'Content-Length: 0x3\r\n', 'abc'), 400],
  ['a length beyond all numbers', post('/raw', `Content-Length: ${'9'.repeat(30)}\r\n`, 'abc'), 400],
  [
    'a length and chunks',
    post('/raw', 'Content-Length: 3\r\nTransfer-Encoding: chunked\r\n', '3\r\nabc\r\n0\r\n\r\n'),
    400,
  ],
  [
    'chunks and a length',
    post('/raw', 'Transfer-Encoding: chunked\r\nContent-Length: 3\r\n', '3\r\nabc\r\n0\r\n\r\n'),
    400,
  ],
  ['a chunk without a size', post('/raw', 'Transfer-Encoding: chunked\r\n', 'zz\r\nabc\r\n0\r\n\r\n'), 400],
]

async function testRefusedByServer(victim: Victim): Promise<void> {
  const gateway = await victim.counts('gateway')
  for (const [what, message, status] of REFUSED_BY_SERVER) {
    assert.equal((await victim.refusal(message)).status, status, what)
  }
  const statuses = (await victim.counts('gateway')).statuses
  assert.deepEqual(statuses, gateway.statuses, 'none of it got through')
}

async function testUnclear(victim: Victim): Promise<void> {
  const unclear: [what: string, message: string, status: number][] = [
    ['two lengths', post('/raw', 'Content-Length: 3\r\nContent-Length: 4\r\n', 'abc'), 400],
    ['an empty length', post('/raw', 'Content-Length:\r\n'), 400],
    ['two hosts', get('/', HOST), 400],
    ['a compressed body', post('/raw', 'Transfer-Encoding: gzip, chunked\r\n', '3\r\nabc\r\n0\r\n\r\n'), 501],
    ['two codings', post('/raw', 'Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n', '0\r\n\r\n'), 501],
    ['a coding without chunks', post('/raw', 'Transfer-Encoding: identity\r\n'), 501],
    ['a path in Latin-1', get('/caf\xe9'), 400],
    ['a query in Latin-1', get('/?caf\xe9'), 400],
    ['overlong UTF-8', get('/\xc0\xae\xc0\xae/'), 400],
  ]
  const before = await victim.counts('gateway')
  for (const [what, message, status] of unclear) {
    const reply = await victim.refusal(message)
    assert.equal(reply.status, status, what)
    assert.equal(reply.fields.connection, 'close', what)
    const { replies, closed } = await victim.talk(message + get('/smuggled'))
    assert.equal(closed, true, what)
    assert.ok(
      replies.every(reply => reply.status === status || reply.status === 400),
      what,
    )
  }
  assert.equal((await victim.counts('gateway')).received, before.received, 'none of it got through')
  // The same length twice is allowed (RFC 9110 §8.6).
  const same = post('/raw', 'Content-Length: 3\r\nContent-Length: 3\r\n', 'abc')
  assert.equal((await victim.talk(same, { replies: 1 })).replies[0]!.body, 'abc')
}

async function testPipeline(victim: Victim): Promise<void> {
  const targets = Array.from({ length: 50 }, (_, index) => `/pipelined/${index}`)
  const messages = targets.map((target, index) =>
    index % 2 ? get(target) : post(target, 'Content-Length: 3\r\n', 'abc'),
  )
  // The echo answers at once and has a port of its own; cut anywhere, the bytes mean the same.
  const whole = messages.join('')
  for (const pieces of [[whole], [whole.slice(0, 100), whole.slice(100, 2000), whole.slice(2000)]]) {
    const { replies } = await talk(victim.port('echo'), pieces, { replies: targets.length, pauseMs: 20 })
    assert.deepEqual(
      replies.map(reply => JSON.parse(reply.body).path),
      targets,
    )
  }
}

async function testAsyncPipeline(victim: Victim): Promise<void> {
  const before = await victim.counts('edge')
  const { replies, closed } = await victim.talk(get('/1') + get('/2') + get('/3'))
  // uWebSockets.js keeps no queue of requests: the second one on a busy connection ends it (RFC 9112 §9.3.2 lets a server).
  assert.deepEqual({ replies, closed }, { replies: [], closed: true })
  await eventually(
    async () => (await victim.counts('edge')).abandoned === before.abandoned + 1,
    'the first is abandoned',
  )
  assert.equal((await victim.counts('edge')).received, before.received + 1, 'the others were not taken')
}

async function testSlowBody(victim: Victim): Promise<void> {
  const body = 'slow but steady'
  const { replies } = await victim.talk([post('/raw', `Content-Length: ${body.length}\r\n`), ...body], {
    replies: 1,
    pauseMs: 5,
  })
  assert.equal(replies[0]!.body, body)
  const chunks = [...body].flatMap(letter => ['1', '\r', '\n', letter, '\r\n'])
  const chunked = [post('/raw', 'Transfer-Encoding: chunked\r\n'), ...chunks, '0\r\n', '\r\n']
  assert.equal((await victim.talk(chunked, { replies: 1, pauseMs: 1 })).replies[0]!.body, body)
  // uWebSockets.js wants the request line in one piece (else 505).
  const [line, ...rest] = get('/dripped', 'x-a: b\r\n').split('\r\n')
  const dripped = [`${line}\r\n`, ...rest.join('\r\n')]
  assert.equal((await victim.talk(dripped, { replies: 1, pauseMs: 1 })).replies[0]!.status, 200)
}

async function testHalfBody(victim: Victim): Promise<void> {
  const gateway = await victim.counts('gateway')
  const before = (await victim.counts('edge')).refused['body-timeout'] ?? 0
  const half = post('/unreadable', 'Content-Length: 10\r\n', 'half')
  const chunk = post('/unreadable', 'Transfer-Encoding: chunked\r\n', '10\r\nhalf')
  for (const reply of await Promise.all([victim.refusal(half), victim.refusal(chunk)])) {
    assert.equal(reply.status, 408)
    assert.equal(reply.fields.connection, 'close')
    assert.match(reply.fields['proxy-status']!, /details="body-timeout"$/)
  }
  assert.equal((await victim.counts('edge')).refused['body-timeout'], before + 2)
  assert.equal((await victim.counts('gateway')).received, gateway.received)
}
