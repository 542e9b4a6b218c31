import type { EnvironmentEvent, ExpectationSpec, ScenarioSpec, Topology } from '@archlab/runtime/topology'
import { SampleLog } from '../../load/record/sample-log.ts'
import { simulate } from '../../simulate/simulate.ts'
import { overRuns } from '../judge.ts'
import { RunMeasures } from '../measure/run-measures.ts'
import { planOf } from '../plan.ts'
import type { CarriedOut, Estimate } from '../result.ts'

/** Simulated runs, over which intervals are made. */
const REPLICATIONS = 5

/** What the simulation of a scenario answers. */
export interface Simulated {
  estimate(spec: Pick<ExpectationSpec, 'measure' | 'unit' | 'phase'>): Estimate
  /** What it leaves out, a sentence each. */
  readonly remarks: readonly string[]
}

/** Simulates a scenario, its environment included; measures are worked out as those of a real run. */
export async function simulateScenario(
  topology: Topology,
  scenario: ScenarioSpec,
  seed: number,
  stop: AbortSignal,
): Promise<Simulated> {
  const plan = planOf(scenario, topology, seed)
  if (plan.entry === null) throw new Error('the workload goes to a server that is not of the topology')
  const logs = Array.from({ length: REPLICATIONS }, () => new SampleLog())
  const result = await simulate({
    plan,
    topology,
    replications: REPLICATIONS,
    environment: scenario.environment,
    stop,
    each: (ended, replication) => logs[replication]!.add(ended),
  })
  const events = scenario.environment.map(carriedOut)
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
