import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Snapshot } from '../../protocol.ts'
import { BusyMeter, busyShare } from './busy-meter.ts'

/** A snapshot of one replica, as far as the meter reads it. */
const of = (utilisation: number, { state = 'ready', restarts = 0 } = {}): Snapshot =>
  [{ replica: 'api/0', state, restarts, utilisation }] as unknown as Snapshot

test('a reader has its own window, however often others look', () => {
  const meter = new BusyMeter()
  meter.look(of(0.9), 0)
  const begin = meter.mark('api/0')
  meter.look(of(1), 100)
  meter.look(of(0.5), 300)
  const middle = meter.mark('api/0')
  meter.look(of(0), 1000)
  assert.equal(busyShare(begin, middle), (100 + 100) / 300)
  assert.equal(busyShare(begin, meter.mark('api/0')), 0.2)
  assert.equal(busyShare(middle, meter.mark('api/0')), 0)
  assert.equal(busyShare(middle, middle), null, 'no time has passed')
})

test('a replica that was not ready all the time has no figure', () => {
  const meter = new BusyMeter()
  meter.look(of(1, { state: 'starting' }), 0)
  assert.equal(meter.mark('api/0'), undefined)
  meter.look(of(1), 100)
  const begin = meter.mark('api/0')
  meter.look(of(1, { restarts: 1 }), 200)
  const again = meter.mark('api/0')
  assert.equal(busyShare(begin, again), null, 'it is another life')
  meter.look(of(1, { restarts: 1 }), 300)
  assert.equal(busyShare(again, meter.mark('api/0')), 1)
  assert.equal(busyShare(undefined, again), null)
  meter.look(of(1, { state: 'draining' }), 400)
  assert.equal(busyShare(again, meter.mark('api/0')), null)
})
