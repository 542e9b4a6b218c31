import type { EnvironmentEvent, ExpectationSpec } from '@archlab/runtime/topology'
import { SampleLog } from '../../load/record/sample-log.ts'
import { simulate } from '../../simulate/simulate.ts'
import { overRuns } from '../judge.ts'
import { RunMeasures } from '../measure/run-measures.ts'
import type { CarriedOut, Estimate } from '../result.ts'
import type { Modelled, ModelsWanted } from './models.ts'

/** Simulated runs, over which intervals are made. */
const REPLICATIONS = 5

/** What a simulation answers. */
export interface Simulated {
  estimate(spec: Pick<ExpectationSpec, 'measure' | 'unit' | 'phase'>): Estimate
  /** What it leaves out, a sentence each. */
  readonly remarks: readonly string[]
}

/** Simulates a load, and what is done to the lab meanwhile; measures are worked out as those of a real run. */
export async function simulateLoad(
  { topology, plan, environment, stop }: Modelled,
  { hopCostMs, hopTimeMs }: Pick<ModelsWanted, 'hopCostMs' | 'hopTimeMs'>,
): Promise<Simulated> {
  if (plan.entry === null) throw new Error('the workload goes to a server that is not of the topology')
  const logs = Array.from({ length: REPLICATIONS }, () => new SampleLog())
  const result = await simulate({
    ...{ plan, topology, environment, hopCostMs, hopTimeMs, stop },
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
