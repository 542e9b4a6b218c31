import { type ExpectationSpec, holds, type MeasureSpec, parseExpectation } from '@archlab/runtime/topology'
import type { LoadResult, Percentiles, RequestResult, ThresholdResult } from '../result.ts'

export { ExpectationError as ThresholdError } from '@archlab/runtime/topology'

/**
 * A condition on a run, judged on what came after its warm-up. Thresholds have the grammar of the expectations of a
 * scenario, without what needs a lab or a time: phases, recovery and measures of components.
 */
export interface Threshold extends ExpectationSpec {
  /** In the unit of the limit; `null` when the run has no value. */
  read(result: Measured): number | null
}

/** What thresholds look at. */
export type Measured = Pick<LoadResult, 'totals' | 'requests'>

/** Reads a threshold; `names` are those of the workload's requests, `null` where they are not known. Throws a ThresholdError. */
export function parseThreshold(expression: string, names: readonly string[] | null): Threshold {
  const spec = parseExpectation(expression, { requests: names, components: null, actions: [] })
  return { ...spec, read: result => measured(spec, result) }
}

/** Whether the thresholds hold. One without a value does not. */
export function judgeThresholds(thresholds: readonly Threshold[], result: Measured): ThresholdResult[] {
  return thresholds.map(({ expression, comparator, limit, read }) => {
    const value = read(result)
    return { expression, value, met: value !== null && holds(value, comparator, limit) }
  })
}

/** The value of a measure of a whole run, in a unit; `null` when there is none. */
export function measured(
  { measure, unit }: Pick<ExpectationSpec, 'measure' | 'unit'>,
  result: Measured,
): number | null {
  if (measure.type === 'time') return timeOf(measure, result)
  if (measure.type !== 'arrivals') throw new Error(`a threshold cannot measure ${measure.type}`)
  const { which, request } = measure
  const chosen = result.requests.filter(one => request === null || one.name === request)
  const found = sum(chosen.map(one => countOf(which, one)))
  if (unit === 'count') return found
  if (unit === 'perSecond') return perSecond(found, which.type === 'replied' && request === null, result)
  const intended = sum(chosen.map(one => one.intended))
  return intended === 0 ? null : found / intended
}

function timeOf(
  { clock, statistic, request }: Extract<MeasureSpec, { type: 'time' }>,
  result: Measured,
): number | null {
  const name = FIELDS[statistic]
  if (request === null || clock === 'lag') return result.totals[clock][name]
  return result.requests.find(one => one.name === request)?.[clock][name] ?? null
}

type Statistic = Extract<MeasureSpec, { type: 'time' }>['statistic']

const FIELDS: Readonly<Record<Statistic, keyof Omit<Percentiles, 'count' | 'curve'>>> = {
  p50: 'p50',
  p75: 'p75',
  p90: 'p90',
  p95: 'p95',
  p99: 'p99',
  'p99.9': 'p999',
  'p99.99': 'p9999',
  mean: 'mean',
  min: 'min',
  max: 'max',
}

/** A number of arrivals after the warm-up, in relation to all replies after it, whose rate is known. */
function perSecond(count: number, isRate: boolean, { totals, requests }: Measured): number | null {
  const replies = sum(requests.map(({ outcomes }) => outcomes.replied ?? 0))
  if (isRate || count === replies) return totals.achievedPerSecond
  return replies === 0 ? null : (count * totals.achievedPerSecond) / replies
}

type Which = Extract<MeasureSpec, { type: 'arrivals' }>['which']

function countOf(which: Which, { intended, outcomes, statuses }: RequestResult): number {
  const replied = outcomes.replied ?? 0
  const withStatus = (isIt: (status: string) => boolean): number =>
    sum(Object.entries(statuses).map(([status, times]) => (isIt(status) ? times : 0)))
  switch (which.type) {
    case 'all':
      return intended
    case 'replied':
      return replied
    case 'dropped':
      return outcomes.dropped ?? 0
    case 'good':
      return withStatus(status => Number(status) < 400)
    case 'errors':
      return sum(Object.values(outcomes)) - replied + withStatus(status => Number(status) >= 400)
    case 'status': {
      const pattern = new RegExp(`^${which.pattern.replaceAll('x', '[0-9]')}$`)
      return withStatus(status => pattern.test(status))
    }
  }
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)
