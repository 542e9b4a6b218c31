import type { Comparator, EnvironmentEvent, MeasureUnit, ScenarioSpec } from '@archlab/runtime/topology'
import type { LoadResult } from '../load/result.ts'

/** What `archlab verify` gives for one scenario: `result.json` of its folder. Times in milliseconds, rates per second. */
export interface ScenarioResult {
  readonly format: 'archlab-scenario/1'
  readonly name: string
  readonly startedAt: string
  readonly scenario: ScenarioSpec
  /** `invalid`: the figures cannot be believed, whatever they are. */
  readonly verdict: 'met' | 'not met' | 'invalid'
  /** Why it is invalid, a sentence each; empty when it is not. */
  readonly invalid: readonly string[]
  readonly expectations: readonly ExpectationResult[]
  /** Theory, simulation and measurement side by side. */
  readonly comparison: readonly ComparisonRow[]
  /** What theory and simulation leave out, or warn of: a sentence each. */
  readonly remarks: readonly string[]
  readonly runs: readonly ScenarioRun[]
}

/** A confidence interval; `null` for an end that so few values do not show. */
export interface Interval {
  readonly low: number | null
  readonly high: number | null
}

/** A figure from a run, and how sure it is. */
export interface Estimate {
  /** In the unit of its measure; `null` when there is none. */
  readonly value: number | null
  /** At 95 %; `null` where the value is no estimate, or there is too little for one. */
  readonly interval: Interval | null
  /** Arrivals, steps or runs behind it. */
  readonly samples: number
  /** How the interval was made; why there is no value. */
  readonly note: string | null
}

export interface ExpectationResult extends Estimate {
  /** As it was written. */
  readonly expression: string
  readonly unit: MeasureUnit
  readonly comparator: Comparator
  readonly limit: number
  /** The value alone decides; so does it about the exit code. */
  readonly met: boolean
  /** `undecided`: the interval contains the limit. */
  readonly verdict: 'met' | 'not met' | 'undecided'
  /** About so much would decide it, where this was too little. */
  readonly needed: { readonly amount: number; readonly of: 'requests' | 'seconds' | 'runs' } | null
  /** Which component and which mechanism kept it from being met; `null` when it is met, or nobody can be named. */
  readonly cause: string | null
  /** What the simulation says of it; `null` when there is none. */
  readonly simulated: { readonly value: number | null; readonly met: boolean } | null
}

/** One measure, three ways. */
export interface ComparisonRow {
  /** Named as in an expectation. */
  readonly measure: string
  readonly unit: MeasureUnit
  readonly theory: Cell
  readonly simulation: Cell
  readonly measurement: Cell
}

export interface Cell {
  readonly value: number | null
  readonly interval: Interval | null
  /** What the value rests on, or why there is none: `exact`, `not modelled: ...`; `null` where there is nothing to say. */
  readonly note: string | null
}

/** One run of the scenario, in a lab of its own. */
export interface ScenarioRun {
  readonly seed: number
  /** What was done to the lab, in the order of time. */
  readonly events: readonly CarriedOut[]
  /** What happened to the lab besides: deaths and restarts of replicas. */
  readonly happenings: readonly Happening[]
  readonly load: LoadResult
}

/** An event of the environment as it was carried out. */
export interface CarriedOut extends EnvironmentEvent {
  /** When it began, from the start of the run; `null` when the run ended before. */
  readonly beganMs: number | null
  /** When the lab said that it was done. */
  readonly doneMs: number | null
  /** Replicas or links it was done to. */
  readonly affected: readonly string[]
  readonly error: string | null
}

export interface Happening {
  /** From the start of the run. */
  readonly atMs: number
  /** E.g. `replica-died`. */
  readonly event: string
  readonly subjects: readonly string[]
}
