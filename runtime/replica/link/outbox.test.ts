import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { MessageChannel, receiveMessageOnPort } from 'node:worker_threads'
import { Outbox } from './outbox.ts'

function channel() {
  const { port1, port2 } = new MessageChannel()
  const received = (): unknown[] => {
    const messages: unknown[] = []
    for (let one = receiveMessageOnPort(port2); one; one = receiveMessageOnPort(port2)) messages.push(one.message)
    return messages
  }
  return { outbox: new Outbox(port1), received, close: () => port1.close() }
}

test('what is pushed in one turn is posted as one message after it', async t => {
  const { outbox, received, close } = channel()
  t.after(close)
  outbox.batch.push(1)
  outbox.batch.push(2)
  assert.deepEqual(received(), [])
  await nextTurn()
  assert.deepEqual(received(), [[1, 2]])
})

test('a posted message comes behind what was pushed before it, and what is pushed after it comes behind', async t => {
  const { outbox, received, close } = channel()
  t.after(close)
  outbox.batch.push(1)
  outbox.post(7)
  outbox.batch.push(2)
  outbox.post(8)
  outbox.post(9)
  await nextTurn()
  await nextTurn()
  assert.deepEqual(received(), [[1], 7, [2], 8, 9])
})
