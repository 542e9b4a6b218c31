// A thread of the lock's test: adds to a plain, unprotected counter under the lock.
import { workerData } from 'node:worker_threads'
import { SharedLock } from './shared-lock.ts'

const { memory, rounds, dieHolding } = workerData as { memory: SharedArrayBuffer; rounds: number; dieHolding: boolean }
const lock = new SharedLock(new Int32Array(memory, 0, 2))
const counter = new Float64Array(memory, 8, 1)

for (let round = 0; round < rounds; round++) {
  lock.lock()
  counter[0]! += 1
  lock.unlock()
}
if (dieHolding) {
  lock.lock()
  process.exit(0)
}
