import assert from 'node:assert/strict'
import { test } from 'node:test'
import { TRAFFIC_BYTES, Traffic } from './traffic.ts'

test('replies are read back by status code, and a status outside the range counts as 500', () => {
  const traffic = new Traffic(new SharedArrayBuffer(TRAFFIC_BYTES))
  for (const status of [200, 200, 429, 42, 999]) traffic.replied(status, 1)
  assert.deepEqual(traffic.read().statuses, { 200: 2, 429: 1, 500: 2 })
})

test('a second writer on the same memory counts on, as a restarted replica does', () => {
  const memory = new SharedArrayBuffer(TRAFFIC_BYTES)
  const before = new Traffic(memory)
  before.received()
  before.abandoned()
  const after = new Traffic(memory)
  after.received()
  after.fault()
  const { received, abandoned, faults } = after.read()
  assert.deepEqual({ received, abandoned, faults }, { received: 2, abandoned: 1, faults: 1 })
})

test('refusals are read back by reason, and connections as they are now and as they were opened', () => {
  const memory = new SharedArrayBuffer(TRAFFIC_BYTES)
  const traffic = new Traffic(memory)
  for (const reason of ['url-limit', 'access', 'url-limit'] as const) traffic.refused(reason)
  traffic.connected(1)
  traffic.connected(2)
  traffic.unread()
  traffic.disconnected(1)
  assert.deepEqual(traffic.read().refused, { access: 1, 'url-limit': 2 })
  assert.deepEqual(traffic.read().connections, { open: 1, opened: 2, unread: 1 })
  // A restarted replica has none at first.
  new Traffic(memory).started()
  assert.deepEqual(traffic.read().connections, { open: 0, opened: 2, unread: 1 })
})
