// A thread of the concurrency test: asks for admission at one fixed moment until it has asked often enough.
import { parentPort, workerData } from 'node:worker_threads'
import type { AlgorithmName } from './algorithms.ts'
import type { Limit } from './limiter.ts'
import { LockedLimiter } from './locked-limiter.ts'

const { algorithm, limit, memory, attempts, start } = workerData as {
  algorithm: AlgorithmName
  limit: Limit
  memory: SharedArrayBuffer
  attempts: number
  start: Int32Array
}
const limiter = new LockedLimiter(algorithm, limit, memory)

Atomics.add(start, 0, 1)
Atomics.notify(start, 0)
while (Atomics.load(start, 1) === 0) Atomics.wait(start, 1, 0, 100)

let passed = 0
for (let attempt = 0; attempt < attempts; attempt++) if (limiter.tryAcquire(1_000_000) === 0) passed++
parentPort?.postMessage(passed)
