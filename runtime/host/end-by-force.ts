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
  try {
    const stack = (await inspector?.pause()) ?? null
    const safe = (await inspector?.closeServers()) === true || !hasServers
    await inspector?.resume()
    if (safe) await worker.terminate()
    return { ended: safe, stack }
  } finally {
    inspector?.close()
  }
}
