import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FakeClock, fakeContext, settle } from '../testing/fake-context.ts'
import type { Cancellation } from './cancellation.ts'
import { Connector, errorCode } from './connector.ts'

const METERS = { counters: { reconnects: '.' }, gauges: { connected: '.' }, settings: {} }

/** A server whose behaviour the test decides; connections are numbers, counted from 1. */
function subject() {
  const clock = new FakeClock()
  const fake = fakeContext(METERS, { clock, random: { next: () => 0 } })
  const attempts: { atMs: number; cancellation: Cancellation }[] = []
  const discarded: number[] = []
  let behaviour: 'opens' | 'refuses' | 'hangs' = 'opens'
  const startMs = clock.nowMs()
  const connector = new Connector<number>(
    {
      async open(cancellation) {
        attempts.push({ atMs: clock.nowMs() - startMs, cancellation })
        if (behaviour === 'hangs') await new Promise(resolve => cancellation.onCancel(() => resolve(undefined)))
        if (behaviour === 'refuses')
          throw Object.assign(new Error('redis://user:hunter2@host'), { code: 'ECONNREFUSED' })
        return attempts.length
      },
      discard: connection => void discarded.push(connection),
      reason: errorCode,
      attemptMs: 1000,
    },
    { ...fake, connected: fake.gauge.connected, reconnects: fake.count.reconnects },
  )
  const become = (next: typeof behaviour): void => {
    behaviour = next
  }
  return { ...fake, clock, connector, attempts, discarded, become, times: () => attempts.map(({ atMs }) => atMs) }
}

test('a connection that opens is there when start resolves, without a word in the log', async () => {
  const { connector, gauge, logged } = subject()
  await connector.start()
  assert.equal(connector.connection, 1)
  assert.equal(gauge.connected.value, 1)
  assert.deepEqual(logged, [])
})

test('attempts in vain follow each other after 100 ms, then twice as long each time, at most 5 s', async () => {
  const { connector, clock, times, become, logged, count, gauge } = subject()
  become('refuses')
  await connector.start()
  assert.equal(connector.connection, undefined)
  await clock.advance(18_000)
  assert.deepEqual(times(), [0, 100, 300, 700, 1500, 3100, 6300, 11_300, 16_300])
  assert.deepEqual(logged, [{ level: 'warn', event: 'store-unreachable', fields: { reason: 'ECONNREFUSED' } }])

  become('opens')
  await clock.advance(5000)
  assert.equal(connector.connection, 10)
  assert.deepEqual([count.reconnects.value, gauge.connected.value], [1, 1])
  assert.deepEqual(logged.slice(1), [{ level: 'info', event: 'store-connected', fields: { away_ms: 21_300 } }])
})

test('up to half of a wait is left out at random', async () => {
  const { connector, clock, times, become, random } = subject()
  random.next = () => 0.999
  become('refuses')
  await connector.start()
  await clock.advance(51)
  assert.equal(times().length, 2)
})

test('a lost connection is discarded and replaced, and losing it twice is losing it once', async () => {
  const { connector, clock, discarded, gauge, count } = subject()
  await connector.start()
  connector.lost(1, 'gone')
  connector.lost(1, 'gone')
  assert.deepEqual([connector.connection, gauge.connected.value], [undefined, 0])
  await clock.advance(100)
  assert.deepEqual([connector.connection, gauge.connected.value, count.reconnects.value], [2, 1, 1])
  connector.lost(1, 'told late')
  assert.equal(connector.connection, 2)
  assert.deepEqual(discarded, [1])
})

test('connections that break soon are opened more and more slowly, one that lasted begins anew', async () => {
  const { connector, clock, times } = subject()
  await connector.start()
  for (let round = 0; round < 3; round++) {
    connector.lost(connector.connection!, 'gone')
    await clock.advance(10_000)
  }
  connector.lost(connector.connection!, 'gone')
  connector.lost(0, 'another')
  await clock.advance(100)
  connector.lost(connector.connection!, 'gone at once')
  await clock.advance(199)
  connector.lost(connector.connection ?? 0, 'not yet there')
  await clock.advance(1)
  assert.deepEqual(times(), [0, 100, 10_100, 20_100, 30_100, 30_300])
})

test('an attempt that hangs is given up after its time, and what it opens afterwards is discarded', async () => {
  const { connector, clock, attempts, become, discarded, logged } = subject()
  become('hangs')
  const started = connector.start()
  await clock.advance(999)
  assert.equal(attempts[0]!.cancellation.cancelled, false)
  await clock.advance(1)
  await started
  assert.equal(attempts[0]!.cancellation.cancelled, true)
  await settle()
  assert.equal(connector.connection, undefined)
  assert.deepEqual(discarded, [1])
  assert.deepEqual(logged[0]?.fields, { reason: 'timeout' })
})

test('closing discards the connection, ends an attempt under way, and leaves no timer', async () => {
  for (const behaviour of ['opens', 'refuses', 'hangs'] as const) {
    const { connector, clock, become, discarded, attempts, gauge } = subject()
    become(behaviour)
    const started = connector.start()
    await settle()
    connector.close()
    await started
    await clock.advance(20_000)
    assert.equal(clock.pending, 0, behaviour)
    assert.equal(attempts.length, 1)
    assert.deepEqual(discarded, behaviour === 'refuses' ? [] : [1])
    assert.deepEqual([connector.connection, gauge.connected.value], [undefined, 0])
  }
})

test('how long to wait before asking again is told in whole seconds, at least one', async () => {
  const { connector, clock, become } = subject()
  become('refuses')
  await connector.start()
  assert.equal(connector.retryAfterSeconds, 1)
  await clock.advance(6300)
  assert.equal(connector.retryAfterSeconds, 5)
  await clock.advance(4500)
  assert.equal(connector.retryAfterSeconds, 1)
})

test('of an error its code is told, or its class, never its text', () => {
  class ServerAway extends Error {}
  assert.equal(errorCode(Object.assign(new Error('secret'), { code: 'ECONNRESET' })), 'ECONNRESET')
  assert.equal(errorCode(Object.assign(new Error('secret'), { code: 'at redis://secret' })), 'Error')
  assert.equal(errorCode(Object.assign(new Error('secret'), { code: '28P01' })), '28P01')
  assert.equal(errorCode(new ServerAway('secret')), 'ServerAway')
  assert.equal(errorCode('secret'), 'string')
  assert.equal(errorCode(undefined), 'undefined')
})
