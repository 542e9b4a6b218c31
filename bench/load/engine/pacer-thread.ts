import { parentPort, workerData } from 'node:worker_threads'
import { systemClock } from '@archlab/runtime/kit'
import { arrivalTimes } from '../arrivals/arrival-times.ts'
import { AWAKE, type PacerBirth, RELEASED, STOP } from './pacer.ts'

/* The thread behind Pacer. */

/** A sleeping thread wakes up some tenths of a millisecond late; the rest is spun. */
const SPIN_MS = 0.4
/** So long it sleeps at most before it looks whether it should stop. */
const NAP_MS = 1000

const { spec, options, startMs, control } = workerData as PacerBirth
const times = arrivalTimes(spec, options)

for (let atMs = times.next(); atMs < Number.POSITIVE_INFINITY; atMs = times.next()) {
  if (!waitUntil(startMs + atMs)) break
  Atomics.add(control, RELEASED, 1)
  if (Atomics.exchange(control, AWAKE, 1) === 0) parentPort!.postMessage('released')
}
parentPort!.postMessage('ended')

/** False when the run was stopped meanwhile. */
function waitUntil(dueMs: number): boolean {
  for (let leftMs = dueMs - systemClock.nowMs(); leftMs > 0; leftMs = dueMs - systemClock.nowMs()) {
    if (leftMs > SPIN_MS) Atomics.wait(control, STOP, 0, Math.min(leftMs - SPIN_MS, NAP_MS))
    if (Atomics.load(control, STOP) === 1) return false
  }
  return Atomics.load(control, STOP) === 0
}
