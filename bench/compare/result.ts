import type { ComparedSpec } from '@archlab/runtime/topology'
import type { LoadEnvironment } from '../load/result.ts'
import type { ComparisonRow } from '../verify/result.ts'

/**
 * What a comparison gives: `result.json`, and what the report is drawn from. Times in milliseconds, rates per second, shares
 * 0..1. The run is the replicate: every interval is made of one value per run.
 */
export interface CompareResult {
  readonly format: 'archlab-compare/1'
  readonly name: string
  readonly question: string | null
  readonly startedAt: string
  readonly elapsedMs: number
  /** False when it was ended before it had all its runs; what it says is about those that it had. */
  readonly complete: boolean
  /** Why it ended, in a sentence. */
  readonly ended: string
  readonly workload: string
  readonly seed: number
  readonly environment: LoadEnvironment
  /** The first is what the others are compared with. */
  readonly arms: readonly ArmResult[]
  readonly runs: readonly CompareRun[]
  /** Runs of each arm that the figures rest on. */
  readonly blocks: number
  /** Whether both arms of a block had the same arrivals; without blocks arms are told apart with less certainty. */
  readonly paired: boolean
  /** Error rate that the verdicts of this comparison keep together: the part of 5 % that its last look may spend. */
  readonly alpha: number
  readonly measures: readonly MeasureResult[]
  /** What the arms cost: compared in the same way, judged by nobody. */
  readonly costs: readonly MeasureResult[]
  /** Differences of latency by percentile, for each arm but the first. */
  readonly quantiles: Readonly<Record<string, readonly QuantileShift[]>>
  /** Where statuses and decisions differ, the largest difference first. */
  readonly mechanisms: readonly Mechanism[]
  /** Theory and simulation beside the runs of each variant; empty where they were not wanted. */
  readonly models: readonly ArmModels[]
  /** What a reader should know before believing it. */
  readonly warnings: readonly string[]
  /** What A/A runs of the same workload on this machine have shown; `null` when there were none. */
  readonly calibration: CalibrationSummary | null
}

export interface ArmResult {
  readonly name: string
  /** `path = value` of each patch, secrets left out. */
  readonly patches: readonly string[]
  readonly file: string
  readonly topologyHash: string | null
}

/** One run of one arm. */
export interface CompareRun {
  readonly arm: string
  /** From 1. */
  readonly block: number
  /** From 1; a run that was invalid is made again. */
  readonly attempt: number
  readonly startedAt: string
  readonly seed: number
  /** Only runs that are used stand in the figures. */
  readonly used: boolean
  /** Checks that failed, with their explanations. */
  readonly failures: readonly { readonly check: string; readonly explanation: string }[]
  /** By the expression of the measure; `null` where the run has no value. */
  readonly values: Readonly<Record<string, number | null>>
  /** Latency by percentile: [share, milliseconds]. */
  readonly latency: readonly (readonly [number, number])[]
  readonly cost: RunCost
  /** Arrivals, warm-up included. */
  readonly intended: number
  /** Complete replies by status, warm-up included. */
  readonly statuses: Readonly<Record<string, number>>
  /** Counter → how much it rose; e.g. `components.api.tactics.cache hits`. */
  readonly decisions: Readonly<Record<string, number>>
}

/** What a run cost the processes that host the lab's replicas; `null` where the system does not tell. */
export interface RunCost {
  /** Time of all cores, user and system, from before the first request until after the last. */
  readonly cpuMs: number | null
  /** Largest resident memory of the hosts, added up. */
  readonly memoryBytes: number | null
}

export type Verdict = 'better' | 'worse' | 'equivalent' | 'inconclusive'

export interface MeasureResult {
  readonly measure: Pick<ComparedSpec, 'expression' | 'unit' | 'better' | 'margin'>
  /** Values by arm, in the order of the blocks. */
  readonly values: Readonly<Record<string, readonly (number | null)[]>>
  /** For each arm but the first. */
  readonly comparisons: readonly Comparison[]
}

/** One arm beside the first, by one measure. */
export interface Comparison {
  readonly arm: string
  readonly verdict: Verdict
  /** Pairs of runs that both have a value. */
  readonly runs: number
  /** Hodges-Lehmann estimate of arm − first, in the unit, and its 95 % interval; `null` where there are too few runs. */
  readonly difference: Estimate | null
  /** The same of arm / first; `null` where a value is 0, and for shares, which are told apart by their difference. */
  readonly ratio: Estimate | null
  readonly p: number | null
  /** Adjusted over all measures and arms of the experiment (Holm). */
  readonly pAdjusted: number | null
  /** The smallest change that so many runs find four times in five: relative, or of shares in points. */
  readonly detectable: number | null
  /** Runs of each arm that would find a change as large as the margin, or show that there is none; `null` for too many. */
  readonly runsNeeded: number | null
}

export interface Estimate {
  readonly value: number
  readonly interval: readonly [number, number] | null
}

/** How the latencies of two arms differ at one percentile, over runs. */
export interface QuantileShift {
  readonly share: number
  /** Median over the runs of each arm. */
  readonly firstMs: number
  readonly armMs: number
  /** arm / first, with its interval for this percentile alone. */
  readonly ratio: Estimate
}

/** A status or a counter, per 1,000 arrivals in each arm. */
export interface Mechanism {
  readonly name: string
  readonly perThousand: Readonly<Record<string, number>>
}

/** One variant, three ways; the measurement is the mean over its runs. */
export interface ArmModels {
  readonly arm: string
  readonly rows: readonly ComparisonRow[]
  /** What theory and simulation leave out, or warn of: a sentence each. */
  readonly remarks: readonly string[]
}

export interface CalibrationSummary {
  readonly startedAt: string
  readonly runs: number
  readonly measures: readonly {
    readonly expression: string
    /** Standard deviation of the difference between two runs of a block, on the scale of the measure. */
    readonly deviation: number
    readonly detectable: number
  }[]
  readonly falsePositives: { readonly times: number; readonly of: number }
}
