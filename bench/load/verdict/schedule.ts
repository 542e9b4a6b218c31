import type { ValidityCheck } from '../result.ts'
import { checked, duration, notApplicable, percentage } from './check.ts'
import { openLoopOf, type RunToJudge } from './run.ts'

/** Below it no ordinary operating system keeps time for sure: a thread may have to wait that long for a core. */
export const LATENESS_MIN_MS = 1
/** The lateness at the 99th percentile may be this share of the service time there: so much it adds to the latency at most. */
export const LATENESS_SHARE = 0.1
/** From this share of busy time on a thread works off a queue. */
export const BUSY_RATIO = 0.9

const NAME = 'schedule'

/** Whether the generator noticed arrivals when they were due. Waiting for a free connection is not its lateness. */
export function scheduleCheck(run: RunToJudge): ValidityCheck {
  const { workload, report } = run
  const { lateness, lag, service } = report
  if (!openLoopOf(run))
    return notApplicable(NAME, 'In a closed loop requests follow the replies: there is no schedule to keep.')
  if (lateness.p99 === null) return notApplicable(NAME, 'No arrival was due after the warm-up.')
  const limitMs = Math.max(LATENESS_MIN_MS, LATENESS_SHARE * (service.p99 ?? 0))
  const holds = lateness.p99 <= limitMs
  const waitMs = Math.max(0, (lag.p99 ?? 0) - lateness.p99)
  const limit = `may be up to ${duration(limitMs)}, the larger of ${duration(LATENESS_MIN_MS)} and a tenth of the p99 service time`
  const sentences = [
    `99 % of the arrivals were noticed within ${duration(lateness.p99)} of the time they were due; that ${limit}.`,
  ]
  if (!holds) sentences.push(causeOf(report.busyRatio))
  if (waitMs > limitMs) {
    const connections = workload.overload.inFlightMax
    sentences.push(
      `Requests then waited for one of the ${connections} connections, at the 99th percentile about ${duration(waitMs)}: that is the server's slowness, and part of the latency.`,
    )
  }
  return checked(NAME, holds, sentences.join(' '), {
    latenessP50Ms: lateness.p50,
    latenessP99Ms: lateness.p99,
    latenessP999Ms: lateness.p999,
    latenessMaxMs: lateness.max,
    limitMs,
    lagP99Ms: lag.p99,
    serviceP99Ms: service.p99,
    busyRatio: report.busyRatio,
  })
}

function causeOf(busyRatio: number): string {
  const busy = `The generator's thread was busy ${percentage(busyRatio)} of the time`
  if (busyRatio >= BUSY_RATIO) return `${busy}: the rate is more than it can make.`
  return `${busy}, so something else held it up: the lab or another program on the same cores.`
}
