import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isSound, soakJobs } from './support/job-soak.ts'
import { noOwnRabbitmq } from './support/own-rabbitmq.ts'

/* Under load, RabbitMQ itself is killed: what was answered 202 is done. `npm run soak:jobs` does it for longer. */

test('every job that was accepted is done when the broker is killed, and none runs twice', {
  skip: noOwnRabbitmq,
}, async t => {
  const result = await soakJobs(t, { queue: 'amqp', blow: 'server', rounds: 1 })
  t.diagnostic(JSON.stringify(result))
  assert.ok(isSound(result), JSON.stringify(result))
  assert.ok(result.refused > 0, 'the broker has been away')
  // The worker lives on: a message that comes a second time finds that its job has begun.
  assert.equal(result.duplicates, 0)
})
