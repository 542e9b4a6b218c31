import type { GeneratorReport } from '../../generator/protocol.ts'
import { addCounts } from '../../record/outcomes.ts'
import type {
  ComponentTimeline,
  LabResult,
  LoadEnvironment,
  LoadResult,
  LoadTotals,
  RequestResult,
  RunningAverages,
  Timeline,
  Validity,
} from '../../result.ts'
import type { LoadPlan } from '../plan/load-plan.ts'
import { judgeThresholds } from '../threshold.ts'

/** What a result is put together from. */
export interface ResultParts {
  readonly plan: LoadPlan
  readonly report: GeneratorReport
  readonly environment: LoadEnvironment
  readonly complete: boolean
  /** When no more arrivals were made because somebody ended the run, from its start; `null` when it ended by itself. */
  readonly stoppedAtMs: number | null
  readonly validity: Validity
  readonly lab: LabResult | null
  readonly timelines: Readonly<Record<string, ComponentTimeline>>
  /** Where they were asked for. */
  readonly averages?: RunningAverages | null
}

/** `result.json`. */
export function loadResult(parts: ResultParts): LoadResult {
  const { plan, report, environment, complete, validity, lab, timelines, averages } = parts
  const elapsedMs = arrivalsMs(parts)
  const requests = report.requests.map(({ name, measured, latency, service }): RequestResult => {
    const { intended, outcomes, statuses } = measured
    return { name, intended, outcomes, statuses, latency, service }
  })
  const totals = totalsOf(plan, report, elapsedMs)
  return {
    format: 'archlab-load/1',
    name: plan.shown.name,
    startedAt: new Date(report.startedWallMs).toISOString(),
    complete,
    workload: plan.shown,
    seed: plan.job.seed,
    elapsedMs,
    environment,
    totals,
    requests,
    timeline: timelineOf(report, timelines),
    generator: {
      busyRatio: report.busyRatio,
      connectionsOpened: report.connectionsOpened,
      late: report.late,
      dropped: totals.outcomes.dropped ?? 0,
    },
    validity,
    lab,
    thresholds: judgeThresholds(plan.thresholds, { totals, requests }),
    ...(averages ? { runningAverages: averages } : {}),
  }
}

/** Until the declared duration was over or somebody ended the run; where a number of requests ends it, until the last reply. */
function arrivalsMs({ plan, report, stoppedAtMs }: ResultParts): number {
  const { workload, order, trace } = plan.job
  const { durationMs, requests, arrivals } = workload
  const isCounted =
    order !== undefined || trace !== null || requests.every(({ count }) => count !== null) || durationMs === null
  const mayEndBefore = isCounted || (arrivals.type === 'closed' && arrivals.iterations !== null)
  const whenDone = mayEndBefore ? report.elapsedMs : Number.POSITIVE_INFINITY
  const known = [durationMs, stoppedAtMs, whenDone].filter(value => value !== null)
  return Math.max(0, Math.min(...known))
}

/** Counts of the whole run, warm-up included; rates and times of what came after it. */
function totalsOf({ job }: LoadPlan, report: GeneratorReport, elapsedMs: number): LoadTotals {
  const { latency, service, lag } = report
  const all = addCounts(report.requests.flatMap(({ warmup, measured }) => [warmup, measured]))
  const measured = addCounts(report.requests.map(one => one.measured))
  const seconds = (elapsedMs - job.workload.warmupMs) / 1000
  const perSecond = (count: number): number => (seconds > 0 ? count / seconds : 0)
  const isClosed = job.workload.arrivals.type === 'closed'
  return {
    intended: all.intended,
    outcomes: all.outcomes,
    statuses: all.statuses,
    bytesReceived: all.bytes,
    achievedPerSecond: perSecond(measured.outcomes.replied ?? 0),
    intendedPerSecond: isClosed ? null : perSecond(measured.intended),
    latency,
    service,
    lag,
  }
}

function timelineOf({ stepMs, steps }: GeneratorReport, components: ResultParts['timelines']): Timeline {
  return {
    stepMs,
    intended: steps.map(step => step.intended),
    completed: steps.map(step => step.completed),
    failed: steps.map(step => step.failed),
    p50: steps.map(step => step.p50),
    p95: steps.map(step => step.p95),
    p99: steps.map(step => step.p99),
    inFlight: steps.map(step => step.inFlight),
    components,
  }
}
