import type { EnvironmentEvent, ExpectationSpec, Topology } from '@archlab/runtime/topology'
import type { LoadPlan } from '../../load/command/plan/load-plan.ts'
import { SampleLog } from '../../load/record/sample-log.ts'
import type { Patched } from '../../simulate/edits.ts'
import { simulate } from '../../simulate/simulate.ts'
import { overRuns } from '../judge.ts'
import { RunMeasures } from '../measure/run-measures.ts'
import type { CarriedOut, Estimate } from '../result.ts'

/** Simulated runs, over which intervals are made. */
const REPLICATIONS = 5

/** A load, and what is done to the lab meanwhile. */
export interface Modelled {
  readonly topology: Topology
  readonly plan: LoadPlan
  readonly environment: readonly EnvironmentEvent[]
  /** What the lab becomes by edits; see `SimulateOptions`. */
  readonly patched?: Patched | undefined
  readonly stop: AbortSignal
}

/** What a hop takes beside what is declared. */
export interface HopTimes {
  /** CPU time of every simulated request at every replica. */
  readonly hopCostMs: number
  /** Simulated time from replica to replica, one way. */
  readonly hopTimeMs: number
}

/** What a simulation answers. */
export interface Simulated {
  estimate(spec: Pick<ExpectationSpec, 'measure' | 'unit' | 'phase'>): Estimate
  /** What it leaves out, a sentence each. */
  readonly remarks: readonly string[]
}

/** Simulates a load, and what is done to the lab meanwhile; measures are worked out as those of a real run. */
export async function simulateLoad(
  { topology, plan, environment, patched, stop }: Modelled,
  { hopCostMs, hopTimeMs }: HopTimes,
): Promise<Simulated> {
  if (plan.entry === null) throw new Error('the workload goes to a server that is not of the topology')
  const logs = Array.from({ length: REPLICATIONS }, () => new SampleLog())
  const result = await simulate({
    ...{ plan, topology, environment, patched, hopCostMs, hopTimeMs, stop },
    replications: REPLICATIONS,
    each: (ended, replication) => logs[replication]!.add(ended),
  })
  const events = environment.map(carriedOut)
  const measures = result.replications.map(
    ({ elapsedMs, timeline }, at) =>
      new RunMeasures({ events, load: { workload: plan.shown, elapsedMs, timeline } }, logs[at]!.samples()),
  )
  return {
    estimate: spec => overRuns(measures.map(one => one.estimate(spec))),
    remarks: result.notSimulated,
  }
}

/** Simulated time keeps every appointment. */
const carriedOut = (event: EnvironmentEvent): CarriedOut => ({
  ...event,
  beganMs: event.atMs,
  doneMs: event.atMs,
  affected: [],
  error: null,
})
