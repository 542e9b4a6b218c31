import { type ExpectationSpec, holds } from '@archlab/runtime/topology'
import { mean } from '../load/statistics/mean.ts'
import type { Estimate, ExpectationResult, Interval } from './result.ts'
import { meanInterval, requestsFor } from './statistics/confidence.ts'

/** No run decides what lies nearer to its limit than this share of it. */
const PRECISION_MIN = 0.01
/** Where there is no limit to compare with. */
export const PRECISION = 0.05

/** What a judgement needs to know of the runs beside the value. */
export interface JudgeContext {
  /** Busy share of the busiest component, 0..1. */
  readonly busyRatio: number
  /** Who kept it from being met; asked only then. */
  cause(spec: ExpectationSpec): string | null
  /** What the simulation shows; `null` without one. */
  simulated(spec: ExpectationSpec): Estimate | null
}

/** Judges an expectation by its value in each run. */
export function judge(spec: ExpectationSpec, perRun: readonly Estimate[], context: JudgeContext): ExpectationResult {
  const estimate = overRuns(perRun)
  const { expression, unit, comparator, limit } = spec
  const { value } = estimate
  const met = value !== null && holds(value, comparator, limit)
  const verdict = isUndecided(spec, estimate, met) ? 'undecided' : met ? 'met' : 'not met'
  return {
    expression,
    unit,
    comparator,
    limit,
    ...estimate,
    met,
    verdict,
    needed: neededFor(spec, estimate, verdict, { busyRatio: context.busyRatio, runs: perRun.length }),
    cause: met ? null : context.cause(spec),
    simulated: simulatedOf(spec, context.simulated(spec)),
  }
}

function simulatedOf(
  { comparator, limit }: ExpectationSpec,
  estimate: Estimate | null,
): ExpectationResult['simulated'] {
  if (!estimate) return null
  const { value } = estimate
  return { value, met: value !== null && holds(value, comparator, limit) }
}

/** Of several runs the run is the unit: the mean of their values, with Student's t. One without a value has none. */
export function overRuns(perRun: readonly Estimate[]): Estimate {
  const [first] = perRun
  if (perRun.length === 1) return first!
  const lacking = perRun.find(({ value }) => value === null)
  if (lacking) return lacking
  const values = perRun.map(({ value }) => value!)
  return {
    value: mean(values),
    interval: aboveZero(meanInterval(values, values.length)),
    samples: values.length,
    note: `mean of ${values.length} runs`,
  }
}

/** No measure is negative. */
const aboveZero = (interval: Interval | null): Interval | null =>
  interval && { ...interval, low: Math.max(0, interval.low!) }

/** The interval holds values on both sides of the limit. Equality is about what was seen, and always decided. */
function isUndecided({ comparator, limit }: ExpectationSpec, { interval }: Estimate, met: boolean): boolean {
  if (!interval || comparator === '=' || comparator === '!=') return false
  const ends = [interval.low ?? Number.NEGATIVE_INFINITY, interval.high ?? Number.POSITIVE_INFINITY]
  return ends.some(end => holds(end, comparator, limit) !== met)
}

/** `null` when there was enough. */
function neededFor(
  { measure, limit }: ExpectationSpec,
  { value, interval, samples }: Estimate,
  verdict: ExpectationResult['verdict'],
  { busyRatio, runs }: { busyRatio: number; runs: number },
): ExpectationResult['needed'] {
  if (value === null || !interval) return null
  const distance = Math.abs(value - limit)
  if (measure.type === 'time' && runs === 1) {
    const precision = value === 0 ? PRECISION : Math.max(PRECISION_MIN, distance / value)
    const amount = requestsFor(precision, busyRatio)
    return amount > samples ? { amount, of: 'requests' } : null
  }
  if (verdict !== 'undecided') return null
  const half = Math.max(value - (interval.low ?? value), (interval.high ?? value) - value)
  // The width of an interval falls with the root of the number.
  const amount = Math.ceil(samples * (half / Math.max(distance, PRECISION_MIN * Math.abs(value))) ** 2)
  const of = runs > 1 ? 'runs' : measure.type === 'arrivals' ? 'requests' : 'seconds'
  return Number.isFinite(amount) && amount > samples ? { amount, of } : null
}
