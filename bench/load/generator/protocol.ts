import type { LoadJob, LoadProgress } from '../engine/load-run.ts'
import type { Counts } from '../record/outcomes.ts'
import type { SendGap } from '../record/recorder.ts'
import type { Samples } from '../record/sample-log.ts'
import type { TimelineStep } from '../record/timeline.ts'
import type { Percentiles } from '../result.ts'

/** What the generator's process is told. */
export type ToGenerator =
  /** `rawFile`: a CSV file for every arrival that has ended; `keepSamples`: they come with the report as well. */
  { type: 'start'; job: LoadJob; rawFile: string | null; keepSamples: boolean } | { type: 'stop' }

/** What it tells. */
export type FromGenerator =
  | { type: 'progress'; progress: LoadProgress }
  | { type: 'done'; report: GeneratorReport }
  /** `login`: the server refused it, which is not the generator's fault. */
  | { type: 'failed'; message: string; login: boolean }

/** One kind of request, as recorded. */
export interface RequestReport {
  readonly name: string
  readonly warmup: Counts
  readonly measured: Counts
  readonly latency: Percentiles
  readonly service: Percentiles
}

/** Everything that a run has recorded. */
export interface GeneratorReport {
  readonly startedWallMs: number
  readonly elapsedMs: number
  /** It was told to stop early. */
  readonly stopped: boolean
  readonly requests: readonly RequestReport[]
  readonly logins: Counts
  readonly latency: Percentiles
  readonly service: Percentiles
  readonly lag: Percentiles
  /** Arrivals noticed more than 1 ms after they were due, after the warm-up. */
  readonly late: number
  /** The generator's own part of the lag: how late it noticed arrivals. The rest is the wait for a free connection. */
  readonly lateness: Percentiles
  readonly stepMs: number
  readonly steps: readonly TimelineStep[]
  /** A fair sample of neighbouring sends. */
  readonly gaps: readonly SendGap[]
  /** Integral over time of the arrivals in the system, and sum of the times they were in it. */
  readonly little: { readonly inSystemMs: number; readonly sojournMs: number }
  readonly connectionsOpened: number
  readonly excessReplies: number
  readonly busyRatio: number
  /** Where they were asked for. */
  readonly samples?: Samples
}
