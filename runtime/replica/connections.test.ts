import assert from 'node:assert/strict'
import { test } from 'node:test'
import { problem } from '../kit/index.ts'
import { TRAFFIC_BYTES, Traffic } from '../meters/index.ts'
import { FakeClock } from '../testing/fake-context.ts'
import { Connections } from './connections.ts'

/** A connection as the library shows it: `leave` as when it ends without a reply. */
class Wire {
  text = ''
  isPaused = false
  isClosed = false
  leave = (): void => {}
  cork(write: () => void): void {
    write()
  }
  writeStatus(status: string): void {
    this.text += `${status}\r\n`
  }
  writeHeader(name: string, value: string): void {
    this.text += `${name}: ${value}\r\n`
  }
  pause(): void {
    this.isPaused = true
  }
  close(): void {
    this.isClosed = true
    this.leave()
  }
  onAborted(listener: () => void): void {
    this.leave = listener
  }
}

function subject(limit: number) {
  const traffic = new Traffic(new SharedArrayBuffer(TRAFFIC_BYTES))
  const tooMany = problem(503, { detail: 'full' })
  const refused = (): void => traffic.refused('connection-limit')
  const clock = new FakeClock(0)
  const connections = new Connections({ replica: 'a/0', clock, limit, tooMany, traffic, refused })
  const connect = (): Wire => {
    const wire = new Wire()
    connections.opened(wire as never)
    return wire
  }
  return { clock, connections, connect, read: () => traffic.read() }
}

test('connections up to the limit are held, one more is answered 503 and closed, and room is made by those that go', async () => {
  const { clock, connections, connect, read } = subject(2)
  const held = [connect(), connect()]
  const extra = connect()
  const [head = '', body = ''] = extra.text.split('\r\n\r\n')
  assert.match(head, /^503 Service Unavailable\r\n/)
  assert.match(head, new RegExp(`\r\nconnection: close\r\ncontent-length: ${body.length}$`))
  assert.equal(JSON.parse(body).status, 503)
  // Time to read it; meanwhile nothing of what it sends is.
  assert.deepEqual([extra.isPaused, extra.isClosed], [true, false])
  await clock.advance(500)
  assert.equal(extra.isClosed, true)
  connections.gone()
  assert.deepEqual(
    held.map(wire => wire.text),
    ['', ''],
  )
  connections.gone()
  assert.equal(connect().text, '')
  assert.deepEqual(read().refused, { 'connection-limit': 1 })
  assert.deepEqual(read().connections, { open: 2, opened: 4, unread: 0 })
})

test('in a flood the connections that are given time are bounded, and the others closed at once', async () => {
  const { clock, connect, read } = subject(1)
  connect()
  const extra = Array.from({ length: 300 }, connect)
  assert.equal(extra.filter(wire => wire.isClosed).length, 300 - 256)
  assert.equal(clock.pending, 256)
  for (const wire of extra) wire.leave()
  assert.equal(clock.pending, 0)
  assert.deepEqual(read().refused, { 'connection-limit': 300 })
})

test('a connection that ends before its first request is counted, unless the server itself has ended it', () => {
  const { connections, connect, read } = subject(2)
  const [first, second] = [connect(), connect()]
  first.leave()
  connections.gone()
  connections.close()
  second.leave()
  connections.gone()
  assert.deepEqual(read().connections, { open: 0, opened: 2, unread: 1 })
})
