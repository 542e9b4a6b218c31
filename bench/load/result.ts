import type { WorkloadSpec } from '@archlab/runtime/topology'

/**
 * What a load run gives: `result.json`, and what the report is drawn from. Times in milliseconds, rates per second. Every
 * figure is a recorded value or a count; nothing is interpolated.
 */
export interface LoadResult {
  readonly format: 'archlab-load/1'
  readonly name: string
  readonly startedAt: string
  /** False when the run was ended early, by a person or an error. */
  readonly complete: boolean
  readonly workload: WorkloadSpec
  readonly seed: number
  /** Time in which arrivals were made, warm-up included. */
  readonly elapsedMs: number
  readonly environment: LoadEnvironment
  readonly totals: LoadTotals
  readonly requests: readonly RequestResult[]
  readonly timeline: Timeline
  readonly generator: GeneratorHealth
  readonly validity: Validity
  /** What the lab counted meanwhile; `null` for a server that is not ours. */
  readonly lab: LabResult | null
  /** Thresholds that were asked for, and whether they hold. */
  readonly thresholds: readonly ThresholdResult[]
  /** How the mean latency settled; only where it was asked for. */
  readonly runningAverages?: RunningAverages
}

/** Mean latencies after every so many replies, in the order of the replies after the warm-up. */
export interface RunningAverages {
  readonly everyReplies: number
  /** `meanMs` is that of all replies so far, `lastMs` of the last `everyReplies` of them. */
  readonly averages: readonly { readonly replies: number; readonly meanMs: number; readonly lastMs: number }[]
  /** All replies, and their mean; `null` for none. */
  readonly replies: number
  readonly meanMs: number | null
  /** Of the mean, at 95 %; `null` where replies are too few. */
  readonly interval: { readonly low: number | null; readonly high: number | null } | null
}

export interface LoadEnvironment {
  readonly commit: string | null
  readonly node: string
  readonly cpu: string
  readonly cores: number
  readonly platform: string
  readonly topologyHash: string | null
}

/** Where each arrival ended; the outcomes add up to `intended`. */
export interface LoadTotals {
  readonly intended: number
  readonly outcomes: Readonly<Record<string, number>>
  /** Per HTTP status, of complete replies. */
  readonly statuses: Readonly<Record<string, number>>
  readonly bytesReceived: number
  readonly achievedPerSecond: number
  readonly intendedPerSecond: number | null
  readonly latency: Percentiles
  readonly service: Percentiles
  readonly lag: Percentiles
}

/** The same after the warm-up, for one kind of request. */
export interface RequestResult {
  readonly name: string
  readonly intended: number
  readonly outcomes: Readonly<Record<string, number>>
  readonly statuses: Readonly<Record<string, number>>
  readonly latency: Percentiles
  readonly service: Percentiles
}

/** Of the recorded values, by nearest rank; `null` where there is none. */
export interface Percentiles {
  readonly count: number
  readonly mean: number | null
  readonly min: number | null
  readonly p50: number | null
  readonly p75: number | null
  readonly p90: number | null
  readonly p95: number | null
  readonly p99: number | null
  readonly p999: number | null
  readonly p9999: number | null
  readonly max: number | null
  /** For the curve on the 1/(1-p) axis: [percentile 0..1, value, count up to it]. */
  readonly curve: readonly (readonly [number, number, number])[]
}

/** One entry per interval of `stepMs`, from the first intended start. */
export interface Timeline {
  readonly stepMs: number
  readonly intended: readonly number[]
  readonly completed: readonly number[]
  readonly failed: readonly number[]
  readonly p50: readonly (number | null)[]
  readonly p95: readonly (number | null)[]
  readonly p99: readonly (number | null)[]
  readonly inFlight: readonly number[]
  /** Per component of the lab, sampled: requests answered in the interval by status, and the thread's share of busy time. */
  readonly components: Readonly<Record<string, ComponentTimeline>>
}

export interface ComponentTimeline {
  readonly statuses: Readonly<Record<string, readonly number[]>>
  readonly utilisation: readonly (number | null)[]
  readonly queueLength: readonly (number | null)[]
  /**
   * Tactic or link address → counter → how much it rose in each interval, as `decisions` of the component; counters that did
   * not rise may be left out. Tells the report who refused first.
   */
  readonly decisions?: Readonly<Record<string, Readonly<Record<string, readonly number[]>>>>
  /** Requests that arrived at it in each interval. */
  readonly received?: readonly number[]
  /** How much what its kind counts rose in each interval; what did not rise is left out. */
  readonly counters?: Readonly<Record<string, readonly number[]>>
  /** What its kind shows of the present, at the end of each interval. */
  readonly gauges?: Readonly<Record<string, readonly (number | null)[]>>
}

export interface GeneratorHealth {
  /** Share of a core that the generator's busiest thread used, 0..1. */
  readonly busyRatio: number
  readonly connectionsOpened: number
  readonly late: number
  readonly dropped: number
}

/** `verdict` is `invalid` when any check is; then the exit code is 3. */
export interface Validity {
  readonly verdict: 'valid' | 'invalid'
  readonly bottleneck: 'lab' | 'generator' | 'none'
  readonly checks: readonly ValidityCheck[]
}

export interface ValidityCheck {
  /** E.g. `schedule`, `gaps`, `drops`, `steady`, `little`. */
  readonly name: string
  readonly verdict: 'passed' | 'failed' | 'not applicable'
  /** A sentence a student understands, with the figures. */
  readonly explanation: string
  readonly figures: Readonly<Record<string, number | string | null>>
}

export interface LabResult {
  readonly name: string
  /** `/topology` of the lab, secrets redacted. */
  readonly topology: unknown
  /** Differences of `/status` between the start and the end of the run. */
  readonly components: Readonly<Record<string, LabComponentResult>>
  /** As `status_log.json`. */
  readonly statusLog: Readonly<Record<string, Readonly<Record<string, number>>>>
  /** Replies that clients got and that the entry counted: equal when nothing was lost. */
  readonly reconciled: { readonly clients: number; readonly entry: number; readonly equal: boolean }
  /** What was done to the lab and what happened to it, in the order of time; left out where the lab does not tell. */
  readonly happenings?: readonly LabHappening[]
}

/** An event of the lab: an edit, an operation, a death, a restart. */
export interface LabHappening {
  /** From the start of the run. */
  readonly atMs: number
  /** E.g. `edit`, `kill`, `replica-died`. */
  readonly event: string
  readonly subjects: readonly string[]
  /** What changed, how, or why; may be empty. */
  readonly detail: string
}

export interface LabComponentResult {
  readonly kind: string
  readonly statuses: Readonly<Record<string, number>>
  readonly latency: { readonly p50: number | null; readonly p95: number | null; readonly p99: number | null }
  readonly utilisation: number | null
  /** Who refused or failed, and how often: tactic or link address → counter → number. */
  readonly decisions: Readonly<Record<string, Readonly<Record<string, number>>>>
}

export interface ThresholdResult {
  /** As it was written, e.g. `p95 of GET /data < 50ms`. */
  readonly expression: string
  readonly met: boolean
  readonly value: number | null
}
