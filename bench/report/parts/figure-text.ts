import type { MeasureUnit } from '@archlab/runtime/topology'
import type { Interval } from '../../verify/result.ts'
import { duration, NONE, percent, rate, number as shown } from '../format.ts'

/** A value of a measure in its unit, in few digits. */
export function figureText(value: number | null, unit: MeasureUnit): string {
  if (value === null) return NONE
  if (unit === 'ms') return duration(value)
  if (unit === 'ratio') return percent(value)
  return unit === 'perSecond' ? rate(value) : shown(value)
}

/** `48.1 ms to 53.0 ms`; an end that is not known is left open. */
export function intervalText(interval: Interval | null, unit: MeasureUnit): string {
  if (!interval) return ''
  const { low, high } = interval
  if (high === null) return low === null ? '' : `from ${figureText(low, unit)}`
  return low === null ? `up to ${figureText(high, unit)}` : `${figureText(low, unit)} to ${figureText(high, unit)}`
}

/** Differences from this share on are told as a multiple. */
const MULTIPLE_FROM = 10

/** How far a figure lies from another one, as a share of it: `+3.1 %`; where that says little `×25`. */
export function differenceText(value: number | null, from: number | null): string {
  if (value === null || from === null || from === 0) return ''
  const share = (value - from) / from
  if (share >= MULTIPLE_FROM) return `×${shown(Number((value / from).toPrecision(2)))}`
  return `${share < 0 ? '−' : '+'}${percent(Math.abs(share))}`
}
