import type { Scaling } from '@archlab/runtime/simulation'
import type { WorkloadSpec } from '@archlab/runtime/topology'
import type { LabComponentResult, LoadResult, LoadTotals, Timeline } from '../load/result.ts'

/**
 * What a simulation gives. Times in milliseconds of simulated time, rates per second. Measures have the names that they have
 * in a LoadResult: a `SimulatedRun` can be judged and shown wherever a load run can.
 */
export interface SimulationResult {
  readonly format: 'archlab-simulation/1'
  readonly name: string
  readonly workload: WorkloadSpec
  /** Of the first replication; the next ones count on from it. */
  readonly seed: number
  /** False when it was ended early. */
  readonly complete: boolean
  readonly replications: readonly SimulatedRun[]
  /** Over the replications where there are several, else those of the one run. */
  readonly estimates: readonly Estimate[]
  /** What the topology, workload or environment has and the simulation leaves out, a sentence each. */
  readonly notSimulated: readonly string[]
  readonly speed: SimulationSpeed
}

/** One replication, as a load run sees one: `Pick<LoadResult, 'totals' | 'requests' | 'timeline' | 'elapsedMs'>` and more. */
export interface SimulatedRun extends Pick<LoadResult, 'requests' | 'elapsedMs' | 'seed'> {
  readonly totals: LoadTotals
  readonly timeline: Timeline
  /** Replies by status, decisions of tactics and links, busy share of the declared CPU time or servers. */
  readonly components: Readonly<Record<string, SimulatedComponent>>
  /** What autoscaling changed, by time from the start of the run; what it did before, while somebody logged in, is negative. */
  readonly scalings: readonly Scaling[]
  /** By batch means within this run. */
  readonly estimates: readonly Estimate[]
  /** Latencies in order of intended start, in milliseconds, of the first arrivals that were replied to after the warm-up. */
  readonly latencies: readonly number[]
  readonly events: number
}

/** What a component did in a run. */
export interface SimulatedComponent extends LabComponentResult {
  readonly received: number
  readonly abandoned: number
  readonly faults: number
  /** What the component itself counts, e.g. `waiting_ms` of a station; replicas added up. */
  readonly counters: Readonly<Record<string, number>>
  readonly gauges: Readonly<Record<string, number>>
}

/** A measure with its confidence interval. */
export interface Estimate {
  /** `mean`, `p50`, `p95`, `p99`, `rate`, `errors`. */
  readonly measure: string
  /** Name of the request it is about; `null` for all of them. */
  readonly request: string | null
  readonly unit: 'ms' | 'perSecond' | 'ratio'
  readonly value: number
  /** `null` when the run is too short for one. */
  readonly interval: { readonly low: number; readonly high: number } | null
  /** E.g. 0.95. */
  readonly confidence: number
  readonly method: 'batch means' | 'replications'
  /** Batches or replications behind it. */
  readonly samples: number
  /** Values left out at the beginning, by MSER-5 on the series itself; beyond the declared warm-up. */
  readonly cut: number
}

export interface SimulationSpeed {
  readonly wallMs: number
  readonly events: number
  readonly eventsPerSecond: number
  readonly requests: number
  readonly requestsPerSecond: number
}
