import { parentPort, workerData } from 'node:worker_threads'
import { systemClock } from '@archlab/runtime/kit'
import { arrivalTimes } from '../arrivals/arrival-times.ts'
import { Approach } from './approach.ts'
import { AWAKE, type PacerBirth, STOP } from './pacer.ts'

/* The thread behind Pacer. */

/** So long it sleeps at most before it looks whether it should stop. */
const NAP_MS = 1000

const { spec, options, startMs, control } = workerData as PacerBirth
const times = arrivalTimes(spec, options)
const approach = new Approach()

for (let atMs = times.next(); atMs < Number.POSITIVE_INFINITY; atMs = times.next()) {
  if (!waitUntil(startMs + approach.before(atMs))) break
  wake()
}
// Also where there was no arrival at all.
wake()

function wake(): void {
  if (Atomics.exchange(control, AWAKE, 1) === 0) parentPort!.postMessage(null)
}

/** False when the run was stopped meanwhile. */
function waitUntil(dueMs: number): boolean {
  for (let leftMs = dueMs - systemClock.nowMs(); leftMs > 0; leftMs = dueMs - systemClock.nowMs()) {
    Atomics.wait(control, STOP, 0, Math.min(leftMs, NAP_MS))
    if (Atomics.load(control, STOP) === 1) return false
  }
  return Atomics.load(control, STOP) === 0
}
