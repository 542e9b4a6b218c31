import type { WireError } from '../kit/index.ts'
import { endsWithin, endUnlessItListens, type ForcedEnd } from './end-by-force.ts'
import { HangWatch } from './hang-watch.ts'
import { HeapGuard } from './heap-guard.ts'
import type { ReplicaHandle } from './replica-handle.ts'
import type { Thread } from './thread.ts'

type HostThread = Thread<ReplicaHandle>

/** What a guard needs of the host whose threads it guards. */
export interface Guarded {
  threads(): readonly HostThread[]
  residentsOf(thread: HostThread): readonly ReplicaHandle[]
  /** Takes a replica out of every link. */
  disconnect(handle: ReplicaHandle): void
  log(handle: ReplicaHandle, event: string, fields: Record<string, unknown>): void
}

/** A thread that has been looked into has to show that it listens within this time. */
const LISTEN_MS = 1000

/** Ends threads that hang or outgrow their memory, before they take others along; what follows is as after any death. */
export class Guard {
  readonly #host: Guarded
  readonly #hangs: HangWatch<HostThread>
  readonly #heaps: HeapGuard<HostThread>
  /** Those that are being ended, or looked into by the inspector, which keeps them from listening. */
  readonly #inHand = new Set<HostThread>()
  #isClosed = false

  constructor(host: Guarded) {
    this.#host = host
    const threads = (): readonly HostThread[] => host.threads()
    this.#hangs = new HangWatch(threads, (thread, silentMs) => void this.#hung(thread, silentMs))
    this.#heaps = new HeapGuard(threads, thread => this.#outgrown(thread))
  }

  /** Nobody is ended any more. */
  close(): void {
    this.#isClosed = true
    this.#hangs.close()
    this.#heaps.close()
  }

  /** What a thread's heap held at the last look, in bytes; `null` when it did not run. */
  heapBytes(thread: HostThread): number | null {
    return this.#heaps.held(thread)
  }

  async #hung(thread: HostThread, silentMs: number): Promise<void> {
    if (this.#isClosed || this.#inHand.has(thread)) return
    const residents = this.#host.residentsOf(thread)
    // A start has a time limit of its own.
    if (residents.some(handle => !handle.hasServed)) return
    this.#inHand.add(thread)
    for (const handle of residents) {
      handle.hang()
      this.#host.disconnect(handle)
    }
    const silent = Math.round(silentMs)
    const attempt = async (): Promise<ForcedEnd> => {
      const outcome = await thread.endByForce(causeOf(`its thread did not listen for ${silent} ms`))
      const fields = { thread: thread.plan.thread, silentMs: silent, ...outcome }
      for (const handle of residents) this.#host.log(handle, 'replica-hung', fields)
      return outcome
    }
    // One that listens again may end itself.
    if (!(await endUnlessItListens(attempt, thread.ping())).ended) await thread.kill()
    this.#inHand.delete(thread)
  }

  /** Its heap holds more than it may; ends it unless that was garbage. */
  async #outgrown(thread: HostThread): Promise<void> {
    if (this.#isClosed || this.#inHand.has(thread)) return
    const residents = this.#host.residentsOf(thread)
    this.#inHand.add(thread)
    let heapBytes = 0
    const { heapLimitBytes } = thread
    const outcome = await thread.endIfOutgrown(bytes => {
      heapBytes = bytes
      for (const handle of residents) this.#host.disconnect(handle)
      return causeOf(`its heap grew to ${mebibytes(bytes)}, beyond its limit of ${mebibytes(heapLimitBytes)}`)
    })
    if (outcome) {
      const fields = { thread: thread.plan.thread, heapBytes, heapLimitBytes, stack: outcome.stack }
      for (const handle of residents) this.#host.log(handle, 'replica-out-of-memory', fields)
      // One that waits cannot be paused, but listens.
      if (!outcome.ended) await thread.kill()
    } else await endsWithin(thread.ping(), LISTEN_MS)
    this.#inHand.delete(thread)
  }
}

const causeOf = (message: string): WireError => ({ code: undefined, message, hint: undefined, stack: undefined })

const mebibytes = (bytes: number): string => `${Math.round(bytes / 1024 ** 2)} MiB`
