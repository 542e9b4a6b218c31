import { isRare } from '../statistics/binomial.ts'
import { effectiveSize, nearestRank } from '../statistics/confidence.ts'
import type { Arrivals, Stretch } from './arrivals.ts'

/** A window holds so many arrivals at the mean rate before the event, and is at least so long. */
const WINDOW_ARRIVALS = 20
const WINDOW_MIN_MS = 100
/** A queue is slow for a while now and then. Slowness is of the event when less than so many windows lie between. */
const HOLD_WINDOWS = 10
/** Fewer arrivals before the event than these tell no level. */
const BEFORE_MIN = 20
/** Chance that a run without any effect shows a window that is worse: shared out among its windows (C. E. Bonferroni). */
const LEVEL = 0.01
/** The slowest twentieth before the event, and somewhat more: what p95 does from window to window. */
const SLOW_RATIO = 0.95
const SLOW_FACTOR = 1.25
const SLOW_MIN_MS = 1

export type Recovery =
  /** Milliseconds from the event; 0 when nothing was to be seen of it in the windows of this length. */
  | { readonly type: 'recovered'; readonly afterMs: number; readonly windowMs: number }
  | { readonly type: 'not recovered'; readonly observedMs: number }
  | { readonly type: 'unknown'; readonly why: string }

/** How often something happened before. */
interface Share {
  readonly share: number
  /** So many neighbours know as much as one: what is slow comes in groups. */
  readonly group: number
}

interface Level {
  readonly failures: Share
  readonly slowMs: number
  readonly slow: Share
  readonly windowMs: number
}

/**
 * How long it took after an event until arrivals were served as before it, and stayed so. From the event on the run is cut
 * into windows. A window is worse than before when more of its arrivals failed, or were slow, than chance explains from the
 * shares before the event (binomial, on the effective number of arrivals, 1 % for all windows together); slow is what takes a
 * quarter longer than the p95 before. Failures count until the end; slowness, which every queue has now and then, as long as it
 * goes on: ten windows without any end it. Recovery ends with the first arrival after the last failed or slow one of the last
 * window that is worse. `arrivals` are all of them; `before` is the time from the end of the warm-up to the first event;
 * `after` that from the event to the next one, or to the end of the run.
 */
export function recoveryOf(arrivals: Arrivals, before: Stretch, after: Stretch): Recovery {
  const level = levelOf(arrivals.within(before, null), before)
  if (!level)
    return { type: 'unknown', why: `fewer than ${BEFORE_MIN} arrivals before the event show no level to come back to` }
  const windows = windowsOf(arrivals.within(after, null), after, level)
  if (windows.length === 0) return { type: 'unknown', why: 'the run ended too soon after the event' }
  const last = lastWorse(windows)
  if (last < 0) return { type: 'recovered', afterMs: 0, windowMs: level.windowMs }
  if (last === windows.length - 1) return { type: 'not recovered', observedMs: after.toMs - after.fromMs }
  return { type: 'recovered', afterMs: windows[last]!.endMs - after.fromMs, windowMs: level.windowMs }
}

/** How arrivals were served before; `null` when there were too few. */
function levelOf(arrivals: Arrivals, before: Stretch): Level | null {
  const latencies = arrivals.goodLatencies()
  const good = latencies.filter(latency => latency !== null).sort((left, right) => left - right)
  if (latencies.length < BEFORE_MIN || good.length === 0) return null
  const slowMs = nearestRank(good, SLOW_RATIO) * SLOW_FACTOR + SLOW_MIN_MS
  const everyMs = (before.toMs - before.fromMs) / latencies.length
  const served = latencies.filter(latency => latency !== null)
  return {
    failures: shareOf(latencies.map(latency => latency === null)),
    slowMs,
    slow: shareOf(served.map(latency => latency > slowMs)),
    windowMs: Math.max(WINDOW_MIN_MS, everyMs * WINDOW_ARRIVALS),
  }
}

/** With one more of each than was seen, so that what never happened before is not impossible (P. S. Laplace's rule). */
function shareOf(isIn: readonly boolean[]): Share {
  const group = isIn.length / effectiveSize(isIn)
  const count = isIn.filter(Boolean).length
  return { share: (count / group + 1) / (isIn.length / group + 2), group }
}

/** Whether so many of a window's arrivals are more than chance explains. */
function isMore(count: number, of: number, { share, group }: Share, level: number): boolean {
  return isRare(count / group, Math.max(1, Math.round(of / group)), share, level)
}

/** Place of the last window that is worse because of the event; -1 for none. */
function lastWorse(windows: readonly Window[]): number {
  let last = -1
  for (const [at, { isFailing, isSlow }] of windows.entries()) {
    if (isFailing || (isSlow && at - last <= HOLD_WINDOWS)) last = at
  }
  return last
}

interface Window {
  readonly isFailing: boolean
  readonly isSlow: boolean
  /** Intended start of the first arrival after its last failed or slow one. */
  readonly endMs: number
}

/** Whole windows; what is left at the end belongs to the last one. */
function windowsOf(arrivals: Arrivals, after: Stretch, level: Level): Window[] {
  const number = Math.floor((after.toMs - after.fromMs) / level.windowMs)
  const parts = Array.from({ length: number }, () => ({ count: 0, failed: 0, slow: 0, endMs: after.fromMs }))
  if (number === 0) return []
  const timesMs = arrivals.timesMs()
  for (const [at, latency] of arrivals.goodLatencies().entries()) {
    const timeMs = timesMs[at]!
    const part = parts[Math.min(number - 1, Math.floor((timeMs - after.fromMs) / level.windowMs))]!
    part.count += 1
    if (latency === null) part.failed += 1
    else if (latency > level.slowMs) part.slow += 1
    else continue
    part.endMs = timesMs[at + 1] ?? timeMs
  }
  return parts.map(({ count, failed, slow, endMs }) => ({
    isFailing: isMore(failed, count, level.failures, LEVEL / number),
    isSlow: isMore(slow, count - failed, level.slow, LEVEL / number),
    endMs,
  }))
}
