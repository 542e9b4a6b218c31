import { join } from 'node:path'
import type { WireError } from '../kit/index.ts'
import type { ProfileOrder, ProfileRequest, ThreadPlan, ThreadProfile } from '../protocol.ts'

/** A thread that can be recorded. */
interface Recorded {
  readonly plan: ThreadPlan
  profile(order: ProfileOrder): Promise<WireError | undefined>
}

const SUFFIXES = { cpu: '.cpuprofile', heap: '.heapprofile' } as const

/** Hands requests for profiles on to the threads they are meant for, and remembers which of them are being recorded. */
export class Profiles {
  readonly #threads: () => readonly Recorded[]
  readonly #recording = new Map<Recorded, keyof typeof SUFFIXES>()

  /** `threads` are those there are at the moment. */
  constructor(threads: () => readonly Recorded[]) {
    this.#threads = threads
  }

  async obey(request: ProfileRequest): Promise<ThreadProfile[]> {
    if (request.action === 'stop') return this.#stop(request.folder)
    const { replicas, ...order } = request
    const chosen = this.#threads().filter(
      ({ plan }) => replicas === null || plan.replicas.some(name => replicas.includes(name)),
    )
    const outcomes: ThreadProfile[] = []
    // One after the other: beginning keeps a thread from its work, and not all are to stand still at once.
    for (const thread of chosen) {
      const error = await thread.profile(order)
      if (!error) this.#recording.set(thread, request.of)
      outcomes.push(outcome(thread, null, error))
    }
    return outcomes
  }

  async #stop(folder: string): Promise<ThreadProfile[]> {
    const recording = [...this.#recording]
    this.#recording.clear()
    return Promise.all(
      recording.map(async ([thread, of]) => {
        // The name of a replica ends in a slash and its number.
        const file = join(folder, `${thread.plan.thread.replace('/', '.')}${SUFFIXES[of]}`)
        const error = await thread.profile({ action: 'stop', file })
        return outcome(thread, error ? null : file, error)
      }),
    )
  }
}

function outcome({ plan }: Recorded, file: string | null, error: WireError | undefined): ThreadProfile {
  const { thread, replicas } = plan
  return { thread, replicas, file, ...(error ? { error } : {}) }
}
