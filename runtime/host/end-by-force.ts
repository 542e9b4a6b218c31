import type { Worker } from 'node:worker_threads'
import { ThreadInspector } from './thread-inspector.ts'

/** What became of a thread that was to be ended. */
export interface ForcedEnd {
  /** False when it cannot be ended without the whole process: it is blocked outside of JavaScript, with a server open. */
  readonly ended: boolean
  /** Where it was in its code; `null` when it did not say. */
  readonly stack: string | null
}

/**
 * Ends a thread that does not listen. The server library aborts the process when a thread ends with a server open in it, so
 * the servers are closed first, from within: `hasServers` says whether there are any.
 */
export async function endByForce(worker: Worker, hasServers: boolean): Promise<ForcedEnd> {
  const inspector = await ThreadInspector.attach(worker.threadId)
  let stack: string | null = null
  let closed = false
  try {
    stack = (await inspector?.pause()) ?? null
    // One that is not paused must not be asked for more: see ThreadInspector.
    closed = stack !== null && (await inspector?.closeServers()) === true
  } finally {
    await inspector?.close()
  }
  const ended = closed || !hasServers
  if (ended) await worker.terminate()
  return { ended, stack }
}

/** A thread out of reach is tried again after so long: it may have got to code that can be interrupted. */
const AGAIN_MS = 5000

/** Repeats `attempt` until it has ended the thread, or until the thread `listens`; the last outcome tells which. */
export async function endUnlessItListens(
  attempt: () => Promise<ForcedEnd>,
  listens: Promise<void>,
  againMs = AGAIN_MS,
): Promise<ForcedEnd> {
  for (;;) {
    const outcome = await attempt()
    if (outcome.ended || (await endsWithin(listens, againMs))) return outcome
  }
}

/** False when it takes longer. */
export async function endsWithin(ended: Promise<void>, limitMs: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<false>(resolve => {
    timer = setTimeout(() => resolve(false), limitMs)
  })
  const outcome = await Promise.race([ended.then(() => true), late])
  clearTimeout(timer)
  return outcome
}
