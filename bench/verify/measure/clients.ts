import type { MeasureSpec, MeasureUnit } from '@archlab/runtime/topology'
import { ENDS } from '../../load/record/sample-log.ts'
import { mean } from '../../load/statistics/mean.ts'
import type { Estimate } from '../result.ts'
import { batchesOf, meanInterval, nearestRank, quantileInterval, shareInterval } from '../statistics/confidence.ts'
import { type Arrivals, type Ended, isGood, lengthS, type Stretch } from './arrivals.ts'

export const NOTHING: Estimate = { value: null, interval: null, samples: 0, note: 'no arrival to judge' }

type Time = Extract<MeasureSpec, { type: 'time' }>

/** A mean, a quantile or an extreme of the recorded times. Extremes have no interval: they only grow with the run. */
export function timeEstimate({ clock, statistic }: Time, arrivals: Arrivals): Estimate {
  const values = arrivals.times(clock)
  if (values.length === 0) return { ...NOTHING, note: 'no reply to judge' }
  const sorted = Float64Array.from(values).sort() as unknown as readonly number[]
  const of = { samples: values.length, note: null }
  if (statistic === 'min') return { value: sorted[0]!, interval: null, ...of }
  if (statistic === 'max') return { value: sorted[sorted.length - 1]!, interval: null, ...of }
  if (statistic === 'mean') {
    const { low = null, high = null } = meanInterval(values) ?? {}
    const interval = low === null ? null : { low: Math.max(0, low), high }
    return { value: mean(values), interval, ...of, note: 'batch means' }
  }
  const ratio = Number(statistic.slice(1)) / 100
  const interval = quantileInterval(values, sorted, ratio)
  return { value: nearestRank(sorted, ratio), interval, ...of, note: 'ranks on the effective number of replies' }
}

type Which = Extract<MeasureSpec, { type: 'arrivals' }>['which']

/** How many arrivals ended in some way, which share of all, or how many per second of the stretch. */
export function arrivalsEstimate(which: Which, unit: MeasureUnit, arrivals: Arrivals, stretch: Stretch): Estimate {
  const isIn = arrivals.which(testOf(which))
  const count = isIn.filter(Boolean).length
  const of = { samples: isIn.length, note: null }
  if (unit === 'count') return { value: count, interval: null, ...of }
  if (unit === 'ratio') {
    if (isIn.length === 0) return NOTHING
    const note = 'score method on the effective number of arrivals'
    return { value: count / isIn.length, interval: shareInterval(isIn), ...of, note }
  }
  const seconds = lengthS(stretch)
  if (seconds === 0) return NOTHING
  return {
    value: count / seconds,
    interval: rateInterval(arrivals, isIn, stretch),
    ...of,
    note: 'batches of equal time',
  }
}

/** By the counts of equal times. */
function rateInterval(arrivals: Arrivals, isIn: readonly boolean[], stretch: Stretch): Estimate['interval'] {
  const batches = Math.min(20, batchesOf(isIn.length))
  if (batches < 2) return null
  const lengthMs = (stretch.toMs - stretch.fromMs) / batches
  const counts = new Array<number>(batches).fill(0)
  for (const [at, timeMs] of arrivals.timesMs().entries()) {
    if (isIn[at]) counts[Math.min(batches - 1, Math.floor((timeMs - stretch.fromMs) / lengthMs))]! += 1
  }
  const rates = counts.map(count => (count / lengthMs) * 1000)
  const interval = meanInterval(rates, batches)
  return interval && { low: Math.max(0, interval.low!), high: interval.high }
}

function testOf(which: Which): (ended: Ended) => boolean {
  switch (which.type) {
    case 'all':
      return () => true
    case 'replied':
      return ({ end }) => end === ENDS.replied
    case 'good':
      return isGood
    case 'errors':
      return ended => !isGood(ended)
    case 'dropped':
      return ({ end }) => end === ENDS.dropped
    case 'status': {
      const pattern = new RegExp(`^${which.pattern.replaceAll('x', '[0-9]')}$`)
      return ({ end, status }) => end === ENDS.replied && pattern.test(String(status))
    }
  }
}
