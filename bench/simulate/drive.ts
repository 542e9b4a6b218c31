import type { Clock } from '@archlab/runtime/kit'
import type { WorkloadSpec } from '@archlab/runtime/topology'
import type { Trace } from '../load/arrivals/trace.ts'
import type { Recorder } from '../load/record/recorder.ts'
import { type ClientContext, type Ending, RequestSource } from './client.ts'

/** What the arrivals of a simulated run are made from. */
export interface Drive {
  readonly workload: WorkloadSpec
  readonly seed: string | number
  readonly trace: Trace | undefined
  /** Which request comes as the n-th, where that is given. */
  readonly order: Uint32Array | undefined
  readonly clock: Clock
  /** Zero of the run's times, on the clock. */
  readonly startMs: number
  readonly recorder: Recorder
  readonly context: ClientContext
  /** Token of everybody; empty without a login, or when every user has its own. */
  readonly token: string
  /** A token for one user. */
  login(): Promise<string>
}

/** Arrivals under way. */
export interface Arrivals {
  /** The last one has ended. */
  readonly isOver: boolean
  /** No more arrivals; those under way still end. */
  stop(): void
}

/** Sources of all requests of a workload; with a seed of one's own the keys are one's own as well. */
export const sourcesOf = ({ workload }: Drive, seed: string | number): RequestSource[] =>
  workload.requests.map(spec => new RequestSource(spec, seed))

/** Takes down how an arrival ended. */
export function record(drive: Drive, request: number, intendedMs: number, sentMs: number, ending: Ending): void {
  const endedMs = drive.clock.nowMs() - drive.startMs
  const { outcome, status, bytes } = ending
  drive.recorder.ended({ request, intendedMs, sentMs, endedMs, outcome, status, bytes })
}
