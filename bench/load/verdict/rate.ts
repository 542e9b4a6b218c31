import { type OpenLoopSpec, processOf, rateProfile } from '../arrivals/arrival-times.ts'
import { CumulativeRate } from '../arrivals/rate-profile.ts'
import type { ValidityCheck } from '../result.ts'
import { checked, count, digits, notApplicable, percentage } from './check.ts'
import { mayEndEarly, openLoopOf, type RunToJudge } from './run.ts'
import { sendsOf } from './sends.ts'

/** Of the arrivals that were planned, so many must have been sent. */
const SENT_SHARE_MIN = 0.995
/** A Poisson number lies farther from its mean than so many standard deviations once in a thousand runs. */
const DEVIATIONS = 3.29

const NAME = 'rate'

/** Whether as many arrivals were planned as the declared rate gives, and were sent as were planned. */
export function rateCheck(run: RunToJudge): ValidityCheck {
  const spec = openLoopOf(run)
  if (!spec) return notApplicable(NAME, 'A closed loop declares no rate: the server and the users decide it.')
  const { untilMs, planned } = plannedOf(run)
  if (untilMs === 0) return notApplicable(NAME, 'The run ended before its first second was over.')
  const { expected, tolerance } = expectedOf(run, spec, untilMs)
  const fits = Math.abs(planned - expected) <= tolerance
  const { intended, sent } = sendsOf(run.report)
  const sentShare = intended === 0 ? 1 : sent / intended
  const sentEnough = sentShare >= SENT_SHARE_MIN
  const perSecond = (planned * 1000) / untilMs
  const explanation = [
    `${count(planned)} arrivals were planned, ${digits(perSecond)} per second; the declared rate gives ${count(expected)}`,
    tolerance > 1 ? `, and chance up to ${count(tolerance)} more or less.` : '.',
    ` ${percentage(sentShare)} of those after the warm-up were sent; at least ${percentage(SENT_SHARE_MIN)} must be.`,
  ].join('')
  return checked(NAME, fits && sentEnough, explanation, {
    planned,
    expected,
    tolerance,
    plannedPerSecond: perSecond,
    sentShare,
  })
}

/** How many arrivals were planned up to when. A run that may have ended early is judged up to its last full step. */
function plannedOf(run: RunToJudge): { untilMs: number; planned: number } {
  const { steps, stepMs } = run.report
  const endsEarly = mayEndEarly(run)
  const full = endsEarly
    ? Math.max(
        0,
        steps.findLastIndex(({ intended }) => intended > 0),
      )
    : steps.length
  const planned = steps.slice(0, full).reduce((sum, { intended }) => sum + intended, 0)
  return { untilMs: endsEarly ? full * stepMs : run.workload.durationMs!, planned }
}

/** How many are declared up to a time, and how many more or less are no surprise. */
function expectedOf(run: RunToJudge, spec: OpenLoopSpec, untilMs: number): { expected: number; tolerance: number } {
  const { workload, seed, trace } = run
  if (spec.type === 'trace' && trace?.type === 'times') {
    return { expected: trace.timesMs.filter(atMs => atMs < untilMs).length, tolerance: 0 }
  }
  const durationMs = workload.durationMs ?? Number.POSITIVE_INFINITY
  const rate = new CumulativeRate(rateProfile(spec, { seed, durationMs, ...(trace ? { trace } : {}) }))
  const expected = rate.expectedAt(untilMs)
  return { expected, tolerance: processOf(spec) === 'poisson' ? DEVIATIONS * Math.sqrt(expected) + 1 : 1 }
}
