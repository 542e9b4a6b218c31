import type { WorkloadSpec } from '@archlab/runtime/topology'
import type { OpenLoopSpec } from '../arrivals/arrival-times.ts'
import type { Trace } from '../arrivals/trace.ts'
import type { GeneratorReport } from '../generator/protocol.ts'
import type { ComponentTimeline } from '../result.ts'

/** A finished run, as far as its validity depends on it. */
export interface RunToJudge {
  readonly workload: WorkloadSpec
  readonly report: GeneratorReport
  /** The one that the generator was given: random bursts are drawn anew from it. */
  readonly seed: string | number
  /** Content of a trace's file; `null` for other arrivals. */
  readonly trace: Trace | null
  /** Something was done to the lab during the run. */
  readonly isDisturbed?: boolean
  /** Left out for a server that is not ours. */
  readonly lab?: LabSamples
}

/** What the lab showed from outside while the run went on. */
export interface LabSamples {
  readonly components: Readonly<Record<string, ComponentSamples>>
}

/** One component. Its samples are as those of the result's timeline: one for each step from the first intended start. */
export interface ComponentSamples extends Pick<ComponentTimeline, 'utilisation' | 'queueLength'> {
  /** Replies it gave during the run, refusals included. */
  readonly answered: number
  /** How many of them its tactics or limits gave instead of serving the request. */
  readonly refused: number
}

/** What an open loop declares; `null` for a closed one, whose requests follow the replies. */
export function openLoopOf({ workload }: RunToJudge): OpenLoopSpec | null {
  return workload.arrivals.type === 'closed' ? null : workload.arrivals
}

/** Whether the declared rate changes over time, so that growth and swings are what was asked for. */
export function rateChanges({ workload: { arrivals } }: RunToJudge): boolean {
  return arrivals.type !== 'closed' && arrivals.type !== 'constant' && arrivals.type !== 'poisson'
}

/** Whether something else than the duration may have ended the run: a person, a number of requests. */
export function mayEndEarly({ workload, report }: RunToJudge): boolean {
  return report.stopped || workload.durationMs === null || workload.requests.every(({ count }) => count !== null)
}

/** Steps of the timeline that lie wholly after the warm-up and in which arrivals still came: [first, after the last]. */
export function measuredSteps(run: RunToJudge): readonly [number, number] {
  const { steps, stepMs } = run.report
  const first = Math.ceil(settledMs(run.workload) / stepMs)
  const last = steps.findLastIndex(({ intended }) => intended > 0)
  const end = mayEndEarly(run) ? last : Math.min(last + 1, Math.floor(run.workload.durationMs! / stepMs))
  return [first, Math.max(first, end)]
}

/** The warm-up, or the time until all users of a closed loop have come when that is longer. */
function settledMs({ arrivals, warmupMs }: WorkloadSpec): number {
  if (arrivals.type !== 'closed' || arrivals.spawnPerSecond === null) return warmupMs
  return Math.max(warmupMs, (arrivals.users * 1000) / arrivals.spawnPerSecond)
}
