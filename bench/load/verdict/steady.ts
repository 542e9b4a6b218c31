import type { ValidityCheck } from '../result.ts'
import { batchMeans } from '../statistics/batch-means.ts'
import { mean } from '../statistics/mean.ts'
import { mser5 } from '../statistics/mser.ts'
import { checked, digits, duration, notApplicable, percentage } from './check.ts'
import { BATCHES, CHANGE_MIN, type Drift, driftOf } from './drift.ts'
import { measuredSteps, type RunToJudge, rateChanges } from './run.ts'

/** Changes below these do no harm: what timers cannot tell, and one request more or less. */
const LATENCY_MIN_MS = 0.1
const REQUESTS_MIN = 1

/** Steps that make a part of the run, to compare the first one with. */
const BEGINNING = 5

const NAME = 'steady'

/** How latency and the number of requests in the system moved; `null` where that cannot be said. */
export interface Drifts {
  readonly latency: Drift | null
  readonly inSystem: Drift | null
}

/** After the warm-up, while arrivals came. */
export function driftsOf(run: RunToJudge): Drifts {
  const steps = run.report.steps.slice(...measuredSteps(run))
  return {
    latency: driftOf(
      steps.map(({ p50 }) => p50),
      LATENCY_MIN_MS,
    ),
    inSystem: driftOf(
      steps.map(({ inFlight }) => inFlight),
      REQUESTS_MIN,
    ),
  }
}

/** Whether the system had settled: after the warm-up neither latency nor the number of requests in it drifts. */
export function steadyCheck(run: RunToJudge): ValidityCheck {
  const reason = whyNot(run)
  if (reason !== null) return notApplicable(NAME, reason)
  const { latency, inSystem } = driftsOf(run)
  const suggestedMs = warmupOf(run)
  const holds = !latency?.harmful && !inSystem?.harmful
  const sentences = [
    latency && `After the warm-up the median latency ${moved(latency, duration)}.`,
    inSystem && `The number of requests in the system ${moved(inSystem, digits)}.`,
    !holds && `It fails for a trend over ${BATCHES} equal parts of the run that chance gives in less than 1 % of runs.`,
    suggestedMs !== null &&
      `The beginning differs from the rest: a warm-up of ${duration(suggestedMs)} would leave it out.`,
    !holds && suggestedMs === null && adviceOf(latency, inSystem),
  ]
  return checked(NAME, holds, sentences.filter(sentence => sentence).join(' '), {
    latencyChange: latency?.changeShare ?? null,
    latencyPValue: latency?.pValue ?? null,
    inSystemChange: inSystem?.change ?? null,
    inSystemPValue: inSystem?.pValue ?? null,
    suggestedWarmupMs: suggestedMs,
  })
}

/** Why nothing can be said; `null` when it can. */
function whyNot(run: RunToJudge): string | null {
  const { requests } = run.workload
  if (run.isDisturbed) return 'Something was done to the lab during the run, so the system should not be steady.'
  if (rateChanges(run)) return 'The declared rate changes, so the system should not be steady.'
  if (requests.length > 1 && requests.every(({ count }) => count !== null)) {
    return 'The kinds of request follow one another, so the run has no steady part.'
  }
  const [first, end] = measuredSteps(run)
  if (end - first < BATCHES) {
    const measured = duration((end - first) * run.report.stepMs)
    return `${measured} after the warm-up are too short to see a trend: it takes ${duration(BATCHES * run.report.stepMs)}.`
  }
  return null
}

function moved(drift: Drift, written: (value: number) => string): string {
  if (!drift.significant) return 'shows no trend'
  const share = drift.changeShare === null ? '' : ` (${percentage(Math.abs(drift.changeShare))})`
  const change = `${drift.change < 0 ? 'fell' : 'rose'} from the beginning to the end by ${written(Math.abs(drift.change))}${share}`
  return drift.harmful ? change : `${change}, which is too little to matter`
}

function adviceOf(latency: Drift | null, inSystem: Drift | null): string {
  const grows = (latency?.harmful && latency.change > 0) || (inSystem?.harmful && inSystem.change > 0)
  if (grows) return 'The figures depend on how long the run was: at this rate the system does not settle.'
  return 'The system was still getting quicker: a longer warm-up would leave that out.'
}

/** A warm-up that would leave out a beginning unlike the rest; `null` when there is none, or it is left out already. */
function warmupOf(run: RunToJudge): number | null {
  const { steps, stepMs } = run.report
  const medians = steps.slice(0, measuredSteps(run)[1]).map(({ p50 }) => p50)
  const present = medians.filter(p50 => p50 !== null)
  // With holes the place in the list would not be the time.
  if (present.length < medians.length) return null
  const left = mser5(present)
  if (left === null || left * stepMs <= run.workload.warmupMs) return null
  const rest = present.slice(left)
  // What goes on drifting has no beginning that could be left out.
  if (driftOf(rest, LATENCY_MIN_MS)?.harmful !== false) return null
  const [before, after] = [mean(present.slice(0, left)), mean(rest)]
  if (Math.abs(before - after) < Math.max(LATENCY_MIN_MS, CHANGE_MIN * after)) return null
  // A swing as there are others later on is no beginning: its first part must lie beyond all of the rest.
  const parts = batchMeans(rest, Math.floor(rest.length / BEGINNING)).filter(part => part !== null)
  const first = mean(present.slice(0, BEGINNING))
  const beyond = before > after ? first > Math.max(...parts) : first < Math.min(...parts)
  return beyond ? left * stepMs : null
}
