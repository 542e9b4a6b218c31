import type { MeterSpec, MetersSpec } from '@archlab/runtime/topology'
import type { ComponentTimeline, Timeline } from '../../load/result.ts'
import { mean } from '../../load/statistics/mean.ts'
import type { Estimate } from '../result.ts'
import { batchesOf, meanInterval } from '../statistics/confidence.ts'
import { lengthS, type Stretch } from './arrivals.ts'

const NO_LAB: Estimate = { value: null, interval: null, samples: 0, note: 'the lab was not looked at in this time' }

/** Steps of a timeline that lie within a stretch: [first, after the last]. The last step takes in what came late. */
export function stepsWithin(
  { stepMs, intended }: Pick<Timeline, 'stepMs' | 'intended'>,
  stretch: Stretch,
  endMs: number,
) {
  const first = Math.ceil(stretch.fromMs / stepMs)
  const last = stretch.toMs >= endMs ? intended.length : Math.floor(stretch.toMs / stepMs)
  return { first, end: Math.max(first, last) }
}

type Steps = ReturnType<typeof stepsWithin>

/** Busy share of a component: as it declares, or of the busiest of its threads. */
export function utilisationEstimate(component: ComponentTimeline, meters: MetersSpec | null, steps: Steps): Estimate {
  if (meters) {
    const perStep = steppedShares(component, meters, steps)
    const value = metersValue(component, meters, steps)
    if (value === null) return NO_LAB
    return { value, interval: clamped(perStep), samples: perStep.length, note: 'as the component counts it, by steps' }
  }
  // A thread that took another one's place within a step may show more than all of it.
  const shares = component.utilisation.slice(steps.first, steps.end).filter(value => value !== null)
  const values = shares.map(share => Math.min(1, share))
  if (values.length === 0) return NO_LAB
  return { value: mean(values), interval: clamped(values), samples: values.length, note: 'busiest thread, by steps' }
}

function clamped(values: readonly number[]): Estimate['interval'] {
  const interval = meanInterval(values, Math.min(values.length, batchesOf(values.length)))
  return interval && { low: Math.max(0, interval.low!), high: Math.min(1, interval.high!) }
}

/** Requests that came to a component for each arrival of a client. */
export function executionsEstimate(component: ComponentTimeline, intended: readonly number[], steps: Steps): Estimate {
  const came = sum((component.received ?? []).slice(steps.first, steps.end))
  const arrivals = sum(intended.slice(steps.first, steps.end))
  if (arrivals === 0) return NO_LAB
  return { value: came / arrivals, interval: null, samples: arrivals, note: null }
}

/** A figure made of counters: a share, a number, or a rate over the stretch. */
export function metersEstimate(
  component: ComponentTimeline,
  meters: MetersSpec,
  unit: 'ratio' | 'count' | 'perSecond',
  steps: Steps,
  stretch: Stretch,
): Estimate {
  const value = metersValue(component, meters, steps)
  if (value === null) return { ...NO_LAB, note: 'nothing was counted' }
  const samples = steps.end - steps.first
  if (unit === 'perSecond')
    return { value: value / Math.max(1e-9, lengthS(stretch)), interval: null, samples, note: null }
  const interval = unit === 'ratio' ? clamped(steppedShares(component, meters, steps)) : null
  return { value, interval, samples, note: interval ? 'by steps' : null }
}

/** Over all the steps; `null` for a share of nothing. */
function metersValue(
  component: ComponentTimeline,
  { part, less, whole, factor }: MetersSpec,
  steps: Steps,
): number | null {
  const total = (meters: readonly MeterSpec[]): number => sum(meters.map(meter => risen(component, meter, steps)))
  const found = (total(part) - total(less)) * factor
  if (whole.length === 0) return found
  const of = total(whole)
  return of === 0 ? null : found / of
}

function steppedShares(component: ComponentTimeline, meters: MetersSpec, { first, end }: Steps): number[] {
  return Array.from({ length: end - first }, (_, at) =>
    metersValue(component, meters, { first: first + at, end: first + at + 1 }),
  ).filter(value => value !== null)
}

/** How much a counter rose; of a gauge where it stood at the end. */
function risen(component: ComponentTimeline, { address, name }: MeterSpec, { first, end }: Steps): number {
  const counters = address === null ? component.counters : component.decisions?.[address]
  const rises = counters?.[name]
  if (rises) return sum(rises.slice(first, end))
  if (address !== null) return 0
  return component.gauges?.[name]?.slice(0, end).findLast(value => value !== null) ?? 0
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)
