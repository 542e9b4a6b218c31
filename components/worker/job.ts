import { setTimeout as sleep } from 'node:timers/promises'

/** What a job is told; cloned into a thread of the pool. */
export interface JobOrder {
  /** How long the work takes, in milliseconds. */
  durationMs: number
}

/** What a job hands back. */
export interface JobResult {
  message: string
  /** How long it took, as measured in its thread. */
  tookMs: number
}

/** The work of a job: takes its time without keeping the thread busy. Runs in a thread of the pool. */
export default async function job({ durationMs }: JobOrder): Promise<JobResult> {
  const startedAtMs = performance.now()
  // A timer may fire up to a millisecond early, and takes 31 bits of milliseconds at most.
  for (let leftMs = durationMs; leftMs > 0; leftMs = durationMs - (performance.now() - startedAtMs)) {
    await sleep(Math.min(Math.ceil(leftMs), 2 ** 31 - 1))
  }
  return { message: 'Task completed', tookMs: Math.round((performance.now() - startedAtMs) * 1000) / 1000 }
}
