import { availableParallelism } from 'node:os'
import type { EnvironmentEvent, Topology } from '@archlab/runtime/topology'
import type { LoadPlan } from '../load/command/plan/load-plan.ts'
import type { Ended } from '../load/record/recorder.ts'
import { type Patched, withEdits } from './edits.ts'
import { overReplications } from './estimates.ts'
import { notSimulated } from './not-simulated.ts'
import { replicate } from './replications.ts'
import type { Estimate, SimulatedRun, SimulationResult } from './result.ts'
import type { RunProgress } from './run.ts'

/** What is simulated. */
export interface SimulateOptions {
  /** Decided as for a load run (`planLoad`): workload, seed, trace. The workload enters at a component of the topology. */
  readonly plan: LoadPlan
  readonly topology: Topology
  /** Runs with seeds of their own: `plan.job.seed`, the next one, and so on. 1 by default. */
  readonly replications?: number
  /** Replications at once, each in a thread of its own; as many as there are cores by default. The result is the same. */
  readonly threads?: number
  /** What is done to the lab meanwhile; nothing by default. */
  readonly environment?: readonly EnvironmentEvent[]
  /** The topology with all of these patches on top, each as `edit` has them. Without it an `edit` is left out. */
  patched?: Patched | undefined
  /** CPU time of every request at every replica beside what is declared; 0 by default. */
  readonly hopCostMs?: number
  /** Time from replica to replica, one way; 0 by default. */
  readonly hopTimeMs?: number
  /** Latencies that each run gives one by one; 0 by default. */
  readonly latenciesMax?: number
  /** Ends it early; runs that are complete are kept, the one under way ends with what it has. */
  readonly stop?: AbortSignal
  progress?(progress: SimulationProgress): void
  /** Told of every arrival that has ended, with its replication from 0; they then run in this thread, one by one. */
  each?(ended: Ended, replication: number): void
}

/** How far a simulation is. */
export interface SimulationProgress extends RunProgress {
  /** From 0. */
  readonly replication: number
  readonly replications: number
}

/**
 * Simulates a workload on a topology: discrete events, no wall clock, by the code that runs live. The same options give the
 * same result to the last bit, but for `speed`. Rejects with a LoginError when nobody can log in.
 */
export async function simulate(options: SimulateOptions): Promise<SimulationResult> {
  const { plan, topology, replications = 1, stop, progress, each } = options
  const startedAtMs = performance.now()
  const leftOut = new Set(notSimulated(topology))
  const { environment, edits, unknown } = await withEdits(options.environment ?? [], options.patched)
  for (const what of unknown) leftOut.add(what)
  const setup = {
    plan,
    topology,
    environment,
    edits,
    hopCostMs: options.hopCostMs ?? 0,
    hopTimeMs: options.hopTimeMs ?? 0,
    latenciesMax: options.latenciesMax ?? 0,
  }
  const runs = await replicate(setup, {
    replications,
    threads: options.threads ?? availableParallelism(),
    stop,
    progress: (at, replication) => progress?.({ ...at, replication, replications }),
    undone: what => void leftOut.add(what),
    ...(each ? { each } : {}),
  })
  const { name } = plan.shown
  return {
    format: 'archlab-simulation/1',
    name,
    workload: plan.shown,
    seed: plan.job.seed,
    complete: !stop?.aborted,
    replications: runs,
    estimates: runs.length === 1 ? runs[0]!.estimates : estimatesOver(runs),
    notSimulated: [...leftOut],
    speed: speedOf(runs, performance.now() - startedAtMs),
  }
}

/** Every measure that all of the runs have. */
function estimatesOver(runs: readonly SimulatedRun[]): Estimate[] {
  return runs[0]!.estimates.flatMap(({ measure, request }) => {
    const same = runs.flatMap(run => run.estimates.filter(one => one.measure === measure && one.request === request))
    return same.length === runs.length ? [overReplications(same)] : []
  })
}

function speedOf(runs: readonly SimulatedRun[], wallMs: number): SimulationResult['speed'] {
  const events = runs.reduce((sum, run) => sum + run.events, 0)
  const requests = runs.reduce((sum, run) => sum + run.totals.intended, 0)
  const perSecond = (count: number): number => (wallMs > 0 ? (count * 1000) / wallMs : 0)
  return { wallMs, events, eventsPerSecond: perSecond(events), requests, requestsPerSecond: perSecond(requests) }
}
