import { meanInterval } from '../../verify/statistics/confidence.ts'
import { ENDS, type Samples } from '../record/sample-log.ts'
import type { RunningAverages } from '../result.ts'

/**
 * How the mean latency settles: of all replies so far, after every so many replies in the order in which they came. Requests
 * of the warm-up are left out. The interval at the end is by batch means, at 95 %; neighbouring replies resemble each other.
 */
export function runningAverages(samples: Samples, everyReplies: number, warmupMs: number): RunningAverages {
  const latenciesMs: number[] = []
  for (let at = 0; at < samples.count; at++) {
    const isMeasured = samples.end[at] === ENDS.replied && (warmupMs <= 0 || samples.intendedMs[at]! >= warmupMs)
    if (isMeasured) latenciesMs.push(samples.latencyMs[at]!)
  }
  const averages: RunningAverages['averages'][number][] = []
  let [sumMs, sumBeforeMs] = [0, 0]
  for (const [at, latencyMs] of latenciesMs.entries()) {
    sumMs += latencyMs
    const replies = at + 1
    if (replies % everyReplies !== 0) continue
    averages.push({ replies, meanMs: sumMs / replies, lastMs: (sumMs - sumBeforeMs) / everyReplies })
    sumBeforeMs = sumMs
  }
  const replies = latenciesMs.length
  return {
    everyReplies,
    averages,
    replies,
    meanMs: replies === 0 ? null : sumMs / replies,
    interval: meanInterval(latenciesMs),
  }
}
