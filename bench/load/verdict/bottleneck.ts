import { addCounts } from '../record/outcomes.ts'
import type { Validity } from '../result.ts'
import { mean } from '../statistics/mean.ts'
import { percentage, plural } from './check.ts'
import { driftOf } from './drift.ts'
import { type ComponentSamples, measuredSteps, openLoopOf, type RunToJudge, rateChanges } from './run.ts'
import { BUSY_RATIO, LATENESS_MIN_MS } from './schedule.ts'
import { driftsOf } from './steady.ts'

/** A component whose queue grows by less than so many requests is not said to be behind. */
const QUEUE_MIN = 1
/** Refusals from this share of all replies on are a limit that acts; a few are the tail of chance. */
const REFUSED_SHARE = 0.01

/** Who kept the run from more, and by what sign. */
export interface Bottleneck {
  readonly who: Validity['bottleneck']
  /** A sentence. */
  readonly why: string
}

/** `failed` are the names of the checks that failed. */
export function bottleneckOf(run: RunToJudge, failed: readonly string[]): Bottleneck {
  const { busyRatio } = run.report
  if (busyRatio >= BUSY_RATIO) return { who: 'generator', why: busySentence(run) }
  const sign = labSign(run) ?? outsideSign(run, failed)
  if (sign !== null) return { who: 'lab', why: sign }
  if (failed.includes('schedule')) return { who: 'generator', why: lateSentence(run) }
  return { who: 'none', why: 'Generator and lab had time to spare.' }
}

function busySentence(run: RunToJudge): string {
  const busy = `The generator's thread was busy ${percentage(run.report.busyRatio)} of the time.`
  if (openLoopOf(run)) return `${busy} Latencies contain its own delays.`
  return `${busy} The server may be able to do more, and to answer more quickly, than it shows here.`
}

function lateSentence(run: RunToJudge): string {
  const busy = percentage(run.report.busyRatio)
  return `It was late, with its thread busy ${busy} of the time and nothing in the lab near its limit: other programs may have taken the machine.`
}

/** What the lab's own samples say; `null` when they show no limit. */
function labSign(run: RunToJudge): string | null {
  if (!run.lab) return null
  const range = measuredSteps(run)
  const components = Object.entries(run.lab.components)
  const busiest = components
    .map(([name, samples]) => ({ name, busy: busyShare(samples.utilisation.slice(...range)) }))
    .toSorted((a, b) => b.busy - a.busy)[0]
  if (busiest && busiest.busy >= BUSY_RATIO) {
    return `The thread of ${busiest.name} was busy ${percentage(busiest.busy)} of the time.`
  }
  const behind = rateChanges(run) ? undefined : components.find(([, samples]) => grows(samples, range))
  if (behind) return `The queue of ${behind[0]} grew during the run.`
  const refusing = components
    .map(([name, { answered, refused }]) => ({ name, share: answered === 0 ? 0 : refused / answered }))
    .toSorted((a, b) => b.share - a.share)[0]
  if (refusing && refusing.share >= REFUSED_SHARE) {
    return `${refusing.name} refused ${percentage(refusing.share)} of its requests.`
  }
  return null
}

function grows({ queueLength }: ComponentSamples, range: readonly [number, number]): boolean {
  const drift = driftOf(queueLength.slice(...range), QUEUE_MIN)
  return drift?.harmful === true && drift.change > 0
}

/** What a server's replies show of its limits; `null` for none. */
function outsideSign(run: RunToJudge, failed: readonly string[]): string | null {
  const { report, workload } = run
  const { arrivals, overload } = workload
  const waitMs = (report.lag.p99 ?? 0) - (report.lateness.p99 ?? 0)
  if (failed.includes('drops') || (openLoopOf(run) && waitMs > LATENESS_MIN_MS)) {
    return `All ${plural(overload.inFlightMax, 'connection')} were taken at times, because replies came too slowly.`
  }
  const { intended, statuses, outcomes } = addCounts(report.requests.map(({ measured }) => measured))
  const refused = ((statuses[429] ?? 0) + (statuses[503] ?? 0)) / Math.max(1, outcomes.replied ?? 0)
  if (refused >= REFUSED_SHARE) return `${percentage(refused)} of the replies were 429 or 503: the server refused.`
  const timeouts = (outcomes.timeout ?? 0) / Math.max(1, intended)
  if (timeouts >= REFUSED_SHARE) return `${percentage(timeouts)} of the requests had no reply in time.`
  const { latency, inSystem } = driftsOf(run)
  if (failed.includes('steady') && [latency, inSystem].some(drift => drift?.harmful && drift.change > 0)) {
    return 'Requests piled up in the system: they came faster than they were served.'
  }
  const thinks = arrivals.type === 'closed' && (arrivals.think.type !== 'constant' || arrivals.think.valueMs > 0)
  if (arrivals.type === 'closed' && !thinks) return 'Users asked again at once, so the server decided the rate.'
  return null
}

function busyShare(samples: readonly (number | null)[]): number {
  const present = samples.filter(sample => sample !== null)
  return present.length === 0 ? 0 : mean(present)
}
