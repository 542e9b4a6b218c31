import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Refusal } from '../meters/index.ts'
import { FakeClock } from '../testing/fake-context.ts'
import { Bodies } from './bodies.ts'

const TIMEOUT_MS = 10_000

/** Bodies of at most 8 bytes, and a request whose body comes as the test says. */
function subject() {
  const clock = new FakeClock(0)
  const bodies = new Bodies(clock, 8, TIMEOUT_MS)
  const refused: Refusal[] = []
  const got: string[] = []
  const owner = { finished: false, watchAbort() {}, refuse: (reason: Refusal) => refuse(reason) }
  const refuse = (reason: Refusal): void => {
    owner.finished = true
    refused.push(reason)
  }
  let wakes = 0
  let onData: (chunk: ArrayBuffer, isLast: boolean) => void = () => {}
  const wire = {
    onData(listener: typeof onData): void {
      onData = listener
    },
    pause() {},
    resume(): void {
      wakes += 1
    },
  }
  bodies.collect(wire as never, owner, 0, body => got.push(Buffer.from(body).toString()))
  const send = (text: string, isLast = false): void => onData(new TextEncoder().encode(text).buffer, isLast)
  return { clock, bodies, refused, got, owner, send, wakes: () => wakes }
}

test('a body that comes in pieces is put together, and is waited for no more', async () => {
  const { clock, bodies, refused, got, send } = subject()
  send('')
  send('ab')
  assert.equal(bodies.size, 1)
  send('cd', true)
  assert.deepEqual([got, bodies.size], [['abcd'], 0])
  await clock.advance(2 * TIMEOUT_MS)
  assert.deepEqual(refused, [])
})

test('a body that comes with its head is not waited for', () => {
  const { bodies, got, send } = subject()
  send('abcd', true)
  assert.deepEqual([got, bodies.size], [['abcd'], 0])
})

test('a body that grows beyond the limit is refused with the first byte too many', () => {
  const { bodies, refused, got, send } = subject()
  send('12345678')
  assert.deepEqual(refused, [])
  send('9')
  send('more', true)
  assert.deepEqual([refused, got, bodies.size], [['body-limit'], [], 0])
})

test('a body that takes too long is refused, however steadily it comes', async () => {
  const { clock, bodies, refused, send } = subject()
  for (let atMs = 0; atMs < TIMEOUT_MS; atMs += 2000) {
    send('')
    assert.deepEqual(refused, [], `after ${atMs} ms`)
    await clock.advance(2000)
  }
  assert.deepEqual([refused, bodies.size], [['body-timeout'], 0])
})

test('while a body is waited for the library is kept from ending its connection first, and not longer', async () => {
  const { clock, bodies, owner, send, wakes } = subject()
  send('a')
  await clock.advance(9000)
  assert.equal(wakes(), 2)
  // The client goes.
  owner.finished = true
  await clock.advance(60_000)
  assert.deepEqual([wakes(), bodies.size], [2, 0])
})

test('when the server closes nothing is waited for', async () => {
  const { clock, bodies, refused, send } = subject()
  send('a')
  bodies.close()
  await clock.advance(60_000)
  assert.deepEqual(refused, [])
})
