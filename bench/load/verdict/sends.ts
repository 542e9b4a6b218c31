import type { GeneratorReport } from '../generator/protocol.ts'
import { addCounts } from '../record/outcomes.ts'
import type { ValidityCheck } from '../result.ts'
import { checked, count, percentage, plural } from './check.ts'
import type { RunToJudge } from './run.ts'

/** The slowest hundredth decides p99: with a tenth of it missing, p99 is at worst the 98.9th or 99.1th percentile. */
const UNSENT_SHARE_MAX = 0.001

/** What became of the arrivals after the warm-up before anything was sent. */
export interface Sends {
  readonly intended: number
  readonly sent: number
  /** Refused by the generator's overload policy, or by its longest queue. */
  readonly dropped: number
  /** Whose client gave up while it waited for a connection. */
  readonly gaveUp: number
}

/** The lag is recorded with every send, so its count tells how many there were. */
export function sendsOf({ requests, lag }: GeneratorReport): Sends {
  const { intended, outcomes } = addCounts(requests.map(({ measured }) => measured))
  const dropped = (outcomes.dropped ?? 0) + (outcomes.unsent ?? 0)
  return { intended, sent: lag.count, dropped, gaveUp: intended - lag.count - dropped }
}

/** Whether arrivals were left out because of the generator's own limits: no latency tells of them. */
export function dropsCheck({ workload, report }: RunToJudge): ValidityCheck {
  const { intended, sent, dropped, gaveUp } = sendsOf(report)
  const share = intended === 0 ? 0 : (intended - sent) / intended
  const { inFlightMax, policy } = workload.overload
  const sentences = [
    share === 0
      ? `Every arrival after the warm-up was sent: ${count(intended)}.`
      : `${count(intended - sent)} of ${plural(intended, 'arrival')} after the warm-up (${percentage(share)}) were never sent: ${count(dropped)} dropped, ${count(gaveUp)} given up while they waited. ${percentage(UNSENT_SHARE_MAX)} may be missing, so that p99 still means what it says.`,
  ]
  if (share > UNSENT_SHARE_MAX) {
    sentences.push(`All ${plural(inFlightMax, 'connection')} were busy, and the policy then is "${policy}".`)
  }
  return checked('drops', share <= UNSENT_SHARE_MAX, sentences.join(' '), {
    intended,
    sent,
    dropped,
    gaveUp,
    unsentShare: share,
  })
}
