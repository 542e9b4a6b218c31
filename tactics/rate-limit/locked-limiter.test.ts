import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import { Worker } from 'node:worker_threads'
import { ALGORITHM_NAMES } from './algorithms.ts'
import { LockedLimiter, lockedBytes } from './locked-limiter.ts'

const THREADS = 4
const ATTEMPTS = 5000

for (const algorithm of ALGORITHM_NAMES) {
  test(`${algorithm}: four threads that ask at once are together admitted exactly max times`, async () => {
    const max = 7777
    const limit = { max, perMs: 60_000, burst: algorithm === 'gcra' ? max - 1 : max }
    const memory = new SharedArrayBuffer(lockedBytes(algorithm, limit))
    const start = new Int32Array(new SharedArrayBuffer(8))
    const workers = Array.from(
      { length: THREADS },
      () =>
        new Worker(new URL('./hammer.ts', import.meta.url), {
          workerData: { algorithm, limit, memory, attempts: ATTEMPTS, start },
        }),
    )
    const counts = Promise.all(workers.map(async worker => (await once(worker, 'message'))[0] as number))
    for (let ready = 0; ready < THREADS; ready = Atomics.load(start, 0)) {
      await Atomics.waitAsync(start, 0, ready, 50).value
    }
    Atomics.store(start, 1, 1)
    Atomics.notify(start, 1)
    const passed = await counts
    assert.equal(
      passed.reduce((sum, count) => sum + count, 0),
      max,
    )
  })
}

test('a limiter that joins later finds what the others have used', () => {
  const limit = { max: 3, perMs: 1000, burst: 0 }
  const memory = new SharedArrayBuffer(lockedBytes('sliding-log', limit))
  const first = new LockedLimiter('sliding-log', limit, memory)
  assert.equal(first.tryAcquire(5000), 0)
  assert.equal(first.tryAcquire(5000), 0)
  const second = new LockedLimiter('sliding-log', limit, memory)
  assert.equal(second.remaining(5000), 1)
  assert.equal(second.tryAcquire(5000), 0)
  assert.equal(first.tryAcquire(5400), 600)
  second.reset()
  assert.equal(first.remaining(5400), 3)
})
