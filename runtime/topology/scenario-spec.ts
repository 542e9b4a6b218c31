import type { EnvironmentEvent, Operation } from './environment-spec.ts'

/**
 * A checked quality-attribute scenario (L. Bass, P. Clements, R. Kazman, Software Architecture in Practice): who asks for
 * what, under which circumstances, of which part of the system, and how one sees that the response is good enough.
 * JSON-serialisable; durations in milliseconds.
 */
export interface ScenarioSpec {
  readonly name: string
  /** Who makes the stimulus, in words; `null` where nobody says. */
  readonly source: string | null
  /** Name of the workload. */
  readonly stimulus: string
  /** What happens to the lab meanwhile, in the order of time. */
  readonly environment: readonly EnvironmentEvent[]
  /** The part of the system that is meant, in words. */
  readonly artifact: string | null
  /** What it should do, in words. */
  readonly response: string | null
  /** Response measures: at least one. */
  readonly expect: readonly ExpectationSpec[]
  /** Runs, each in a lab of its own. */
  readonly repeat: number
}

/** A condition on a run. */
export interface ExpectationSpec {
  /** As it was written, e.g. `p95 of GET /data < 50ms after 20s`. */
  readonly expression: string
  readonly measure: MeasureSpec
  readonly comparator: Comparator
  /** In the unit. */
  readonly limit: number
  readonly unit: MeasureUnit
  /** Which arrivals count; `null` for all that came after the warm-up. */
  readonly phase: PhaseSpec | null
}

/** Milliseconds, a share (0..1), a number, or a number per second. */
export type MeasureUnit = 'ms' | 'ratio' | 'count' | 'perSecond'

export type Comparator = '<' | '<=' | '>' | '>=' | '=' | '!='

export type MeasureSpec =
  /** Of the recorded times of complete replies. */
  | {
      readonly type: 'time'
      /** From the intended start to the end of the reply, from the send to it, or from the intended start to the send. */
      readonly clock: 'latency' | 'service' | 'lag'
      readonly statistic: TimeStatistic
      readonly request: string | null
    }
  /** Arrivals of which something is true: how many, which share, or how many per second. */
  | { readonly type: 'arrivals'; readonly which: ArrivalsWhich; readonly request: string | null }
  /** From the first event of the environment until arrivals are served as before it, and stay so. */
  | { readonly type: 'recovery'; readonly request: string | null }
  /** The busiest replica's thread, or what the component itself declares. */
  | { readonly type: 'utilisation'; readonly component: string; readonly meters: MetersSpec | null }
  /** Requests that came to a component for each arrival. */
  | { readonly type: 'executions'; readonly component: string }
  /** Made of what the component, its tactics and its links count. */
  | { readonly type: 'meters'; readonly name: string; readonly component: string; readonly meters: MetersSpec }

export const TIME_STATISTICS = ['p50', 'p75', 'p90', 'p95', 'p99', 'p99.9', 'p99.99', 'mean', 'min', 'max'] as const

export type TimeStatistic = (typeof TIME_STATISTICS)[number]

export type ArrivalsWhich =
  /** Every one. */
  | { readonly type: 'all' }
  /** A complete reply, whatever its status. */
  | { readonly type: 'replied' }
  /** A complete reply with a status below 400. */
  | { readonly type: 'good' }
  /** No complete reply, or one with a status from 400 on. */
  | { readonly type: 'errors' }
  /** Never sent, because too many were under way. */
  | { readonly type: 'dropped' }
  /** A reply with this status: `429`, `5xx`. */
  | { readonly type: 'status'; readonly pattern: string }

/** Sums of counters by where they stand: an address of the topology, or `null` for the component itself. */
export interface MetersSpec {
  readonly part: readonly MeterSpec[]
  /** What is taken away from `part`. */
  readonly less: readonly MeterSpec[]
  /** What it is a share of; empty where it is a number. */
  readonly whole: readonly MeterSpec[]
  /** The result is multiplied by it. */
  readonly factor: number
}

export interface MeterSpec {
  readonly address: string | null
  readonly name: string
}

export type PhaseSpec =
  /** Arrivals meant to start from then on, before then, or between; milliseconds from the start of the run. */
  | { readonly type: 'time'; readonly fromMs: number; readonly toMs: number | null }
  /** From the first such event on: for as long as it says, else until the lab has recovered from it. */
  | { readonly type: 'during'; readonly action: Operation['action'] }
