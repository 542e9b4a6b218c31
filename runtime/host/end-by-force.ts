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
  const outcome = await endFrom(worker, inspector => closeFrom(inspector, hasServers))
  return outcome!
}

/**
 * The same for a thread whose heap is larger than it may be, unless that is so no more when its garbage has been collected:
 * `isOutgrown` is asked then. Resolves to `null` when the thread may stay, or cannot be reached.
 */
export function endIfOutgrown(
  worker: Worker,
  hasServers: boolean,
  isOutgrown: () => Promise<boolean>,
): Promise<ForcedEnd | null> {
  return endFrom(worker, async inspector => {
    if (!(await inspector?.collectGarbage()) || !(await isOutgrown())) return null
    return closeFrom(inspector, hasServers)
  })
}

/** Ends a thread when `close`, which may reach into it, says that it can be ended. */
async function endFrom(
  worker: Worker,
  close: (inspector: ThreadInspector | null) => Promise<ForcedEnd | null>,
): Promise<ForcedEnd | null> {
  const inspector = await ThreadInspector.attach(worker.threadId)
  let outcome: ForcedEnd | null
  try {
    outcome = await close(inspector)
  } finally {
    // A thread that is paused does not end.
    await inspector?.close()
  }
  if (outcome?.ended) await worker.terminate()
  return outcome
}

async function closeFrom(inspector: ThreadInspector | null, hasServers: boolean): Promise<ForcedEnd> {
  const stack = (await inspector?.pause()) ?? null
  // One that is not paused must not be asked for more: see ThreadInspector.
  const closed = stack !== null && (await inspector?.closeServers()) === true
  return { ended: closed || !hasServers, stack }
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
