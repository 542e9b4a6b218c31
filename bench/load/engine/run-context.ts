import type { Clock } from '@archlab/runtime/kit'
import type { WorkloadSpec } from '@archlab/runtime/topology'
import type { Trace } from '../arrivals/trace.ts'
import type { Origin } from '../http/connection.ts'
import type { Recorder } from '../record/recorder.ts'
import type { LaneContext } from './lanes.ts'
import type { Logins } from './logins.ts'
import { RequestMaker, RequestMix } from './request-maker.ts'

/** What the loops of a run have in common. */
export interface RunContext {
  readonly workload: WorkloadSpec
  readonly origin: Origin
  readonly basePath: string
  readonly seed: string | number
  readonly trace: Trace | undefined
  /** As in `LoadJob`. */
  readonly order: Uint32Array | undefined
  readonly clock: Clock
  /** Zero of the run's times, on the clock. */
  readonly startMs: number
  readonly recorder: Recorder
  readonly lanes: LaneContext
  readonly logins: Logins | undefined
  /** Token of everybody; empty without a login, or when every user has its own. */
  readonly token: string
}

/** A loop under way. */
export interface Loop {
  /** Resolves when the last arrival has ended. */
  readonly done: Promise<void>
  /** No more arrivals; those under way still end. */
  stop(): void
}

/** Makers of all requests of a workload; with a seed of one's own the keys are one's own as well. */
export function makersOf({ workload, origin, basePath }: RunContext, seed: string | number): RequestMaker[] {
  return workload.requests.map(spec => new RequestMaker(spec, origin, basePath, seed))
}

/** Which requests come, in which order; `undefined` from `next` when the declared numbers are used up. */
export interface Sequence {
  next(): number | undefined
}

/** What a sequence is made from besides its seed. */
export type SequenceContext = Pick<RunContext, 'workload' | 'order'>

/** In a given order, every request its declared number of times, or by chance and weight without end. */
export function sequenceOf({ workload, order }: SequenceContext, seed: string | number): Sequence {
  if (order) {
    let at = 0
    return { next: () => order[at++] }
  }
  if (!hasCounts(workload)) return new RequestMix(workload.requests, seed)
  const left = workload.requests.map(({ count }) => count!)
  return {
    next() {
      const index = left.findIndex(count => count > 0)
      if (index < 0) return undefined
      left[index]! -= 1
      return index
    },
  }
}

/** Whether the workload says how often each request is sent. */
export const hasCounts = ({ requests }: WorkloadSpec): boolean => requests.every(({ count }) => count !== null)
