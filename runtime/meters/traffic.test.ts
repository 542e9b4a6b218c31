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
