import assert from 'node:assert/strict'
import { once } from 'node:events'
import { Agent } from 'node:http'
import { connect, type Socket } from 'node:net'
import { type TestContext, test } from 'node:test'
import { eventually, httpCall, type LabUnderTest, startLab } from '@archlab/runtime/whole-lab'
import { catalogs, supportModule } from './support/lab5.ts'
import { type Talk, type TalkOptions, talk } from './support/raw-socket.ts'
import { get, post } from './support/victim.ts'

/* The limits of a listener: what is beyond is refused with the right status, counted by reason, and harms nobody else. */

const CONNECTIONS = 600
const IDLE = 500
const SLOW = 50
const BUSY = 16
const FLOOD = 400

const LAB = `
components:
  edge:
    kind: load-balancer
    port: 18160
    to: echo
    transport: http
    connection-limit: ${CONNECTIONS}
    header-limit: 512b
    url-limit: 64b
    body-limit: 4kb
    body-timeout: 500ms
  echo:
    kind: ${supportModule('echo.ts')}
    port: 18161
    url-limit: 16b
    header-limit: 256b
`

/** What a client that is refused sees, and by which reason it is counted. */
const REFUSED: [reason: string, status: number, message: string][] = [
  ['url-limit', 414, get(`/${'a'.repeat(64)}`)],
  ['url-limit', 414, get(`/${'a'.repeat(30)}?${'b'.repeat(40)}`)],
  ['header-limit', 431, get('/', `x-a: ${'a'.repeat(600)}\r\n`)],
  ['header-limit', 431, get('/', `te: ${'a'.repeat(600)}\r\n`)],
  ['body-limit', 413, post('/', 'Content-Length: 4097\r\n')],
  ['body-timeout', 408, post('/', 'Content-Length: 10\r\n', 'half')],
  ['length', 400, post('/', 'Content-Length: 3\r\nContent-Length: 4\r\n', 'abc')],
  ['host', 400, get('/', 'Host: other\r\n')],
  ['coding', 501, post('/', 'Transfer-Encoding: identity\r\n')],
  ['target', 400, get('/caf\xe9')],
]

test('Limits of a listener', async t => {
  const lab = await startLab(t, LAB, { catalogs })
  const subject = new Limited(lab)
  await t.test('what is beyond a limit is answered, the connection closed, and the reason counted', () =>
    testRefusals(subject),
  )
  await t.test('what links of the lab send is not held to the limits of URL and header section', async () => {
    const reply = await httpCall(`${lab.url('edge')}/${'a'.repeat(40)}`, { headers: { 'x-a': 'a'.repeat(300) } })
    assert.equal(reply.status, 200)
    assert.equal((await httpCall(`${lab.url('echo')}/${'a'.repeat(40)}`)).status, 414)
  })
  await t.test('idle and slow clients take nothing from busy ones; the slow ones are ended, and nothing is left', tt =>
    testCrowd(tt, subject),
  )
  await t.test('one connection too many is answered 503 with Retry-After, and there is room when others go', tt =>
    testTooMany(tt, subject),
  )
})

class Limited {
  readonly lab: LabUnderTest
  readonly port: number
  constructor(lab: LabUnderTest) {
    this.lab = lab
    this.port = Number(new URL(lab.url('edge')).port)
  }
  talk(message: string, options?: TalkOptions): Promise<Talk> {
    return talk(this.port, message, options)
  }
  async edge() {
    return (await this.lab.lab.status()).components.edge!
  }
  async connect(t: TestContext, count: number): Promise<Socket[]> {
    const sockets = Array.from({ length: count }, () => connect({ port: this.port, host: '127.0.0.1' }))
    t.after(() => {
      for (const socket of sockets) socket.destroy()
    })
    for (const socket of sockets) socket.on('error', () => {})
    await Promise.all(sockets.map(socket => socket.readyState === 'open' || once(socket, 'connect')))
    return sockets
  }
  async open(count: number): Promise<void> {
    await eventually(async () => (await this.edge()).connections.open === count, `${count} connections are open`)
  }
}

async function testRefusals(subject: Limited): Promise<void> {
  const wanted: Record<string, number> = {}
  for (const [reason, status, message] of REFUSED) {
    const { replies, closed } = await subject.talk(message)
    assert.deepEqual([replies.map(reply => reply.status), closed], [[status], true], reason)
    assert.equal(replies[0]!.fields.connection, 'close', reason)
    wanted[reason] = (wanted[reason] ?? 0) + 1
  }
  const { refused, received, statuses } = await subject.edge()
  assert.deepEqual(refused, wanted)
  assert.equal(received, REFUSED.length)
  assert.equal(
    Object.values(statuses).reduce((sum, one) => sum + one, 0),
    REFUSED.length,
  )
  assert.equal((await subject.lab.lab.status()).components.echo!.received, 0, 'nobody behind was asked')
}

async function testCrowd(t: TestContext, subject: Limited): Promise<void> {
  const before = await subject.edge()
  await subject.connect(t, IDLE)
  // A byte now and then: in time for the next one, never for the end.
  const slow = Promise.all(
    Array.from({ length: SLOW }, () =>
      talk(subject.port, [post('/', 'Content-Length: 4000\r\n'), ...'x'.repeat(40)], { pauseMs: 50 }),
    ),
  )
  await subject.open(IDLE + SLOW)
  const agent = new Agent({ keepAlive: true, maxSockets: BUSY })
  t.after(() => agent.destroy())
  const busy = await Promise.all(
    Array.from({ length: BUSY * 25 }, () => httpCall(`${subject.lab.url('edge')}/busy`, { agent })),
  )
  assert.deepEqual([...new Set(busy.map(({ status }) => status))], [200])
  for (const { replies, closed } of await slow) {
    assert.deepEqual([replies.map(reply => reply.status), closed], [[408], true])
  }
  agent.destroy()
  await subject.open(IDLE)
  const { refused, received } = await subject.edge()
  assert.equal(refused['body-timeout'], before.refused['body-timeout']! + SLOW)
  assert.equal(received, before.received + SLOW + busy.length)
}

async function testTooMany(t: TestContext, subject: Limited): Promise<void> {
  await subject.open(0)
  const before = await subject.edge()
  const held = await subject.connect(t, CONNECTIONS)
  await subject.open(CONNECTIONS)
  for (const message of ['', get('/')]) {
    const { replies, closed } = await subject.talk(message)
    assert.deepEqual([replies.map(reply => reply.status), closed], [[503], true])
    assert.equal(replies[0]!.fields['retry-after'], '1')
    assert.match(replies[0]!.fields['proxy-status']!, /^edge\/0; error=connection_limit_reached; /)
  }
  // More than are given the time to read why.
  const flood = await subject.connect(t, FLOOD)
  for (const socket of flood) socket.resume()
  await Promise.all(flood.map(socket => socket.closed || once(socket, 'close')))
  await subject.open(CONNECTIONS)
  const after = await subject.edge()
  assert.equal(after.refused['connection-limit'], 2 + FLOOD)
  assert.equal(after.connections.opened, before.connections.opened + CONNECTIONS + 2 + FLOOD)
  held.pop()!.destroy()
  await subject.open(CONNECTIONS - 1)
  assert.equal((await subject.talk(get('/'), { replies: 1 })).replies[0]!.status, 200)
  for (const socket of held) socket.destroy()
  await subject.open(0)
  const { unread } = (await subject.edge()).connections
  assert.equal(unread, before.connections.unread + CONNECTIONS, 'none of them had sent a request')
}
