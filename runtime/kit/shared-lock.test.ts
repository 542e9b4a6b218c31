import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import { Worker } from 'node:worker_threads'
import { SharedLock } from './shared-lock.ts'

const run = async (workerData: object): Promise<void> => {
  const worker = new Worker(new URL('./shared-lock-hammer.ts', import.meta.url), { workerData })
  await once(worker, 'exit')
}

test('no addition is lost when four threads add to one number under the lock', async () => {
  const memory = new SharedArrayBuffer(16)
  const rounds = 20_000
  await Promise.all(Array.from({ length: 4 }, () => run({ memory, rounds, dieHolding: false })))
  assert.equal(new Float64Array(memory, 8, 1)[0], 4 * rounds)
})

test('a lock whose holder died is taken over, and works on', async () => {
  const memory = new SharedArrayBuffer(16)
  await run({ memory, rounds: 1, dieHolding: true })
  const words = new Int32Array(memory, 0, 2)
  assert.notEqual(words[0], 0)
  const lock = new SharedLock(words)
  lock.lock()
  assert.equal(lock.unlock(), true)
  assert.deepEqual([...words], [0, 0])
})

test('a holder that lost the lock is told so, and does not free it for others', () => {
  const words = new Int32Array(new SharedArrayBuffer(8))
  const slow = new SharedLock(words)
  slow.lock()
  words[0] = -1
  assert.equal(slow.unlock(), false)
  assert.equal(words[0], -1)
})
