import type { LabModel } from './lab/lab-model.ts'
import { everyReply } from './lab/outcome.ts'
import type { Time } from './lab/time.ts'
import type { Walk } from './lab/walk.ts'
import {
  type Figure,
  type Label,
  type PredictedArrivals,
  QUANTILES,
  type RequestPrediction,
  weakest,
} from './prediction.ts'

/** A figure with its value; one that is not finite has none. */
export function figure(value: number, unit: Figure['unit'], label: Label, reason: string | null = null): Figure {
  if (Number.isFinite(value)) return { value, unit, label, reason }
  return { value: null, unit, label, reason: reason ?? 'it grows without bound' }
}

/** There is no figure, for a reason. */
export const notModelled = (unit: Figure['unit'], reason: string): Figure => ({
  value: null,
  unit,
  label: 'not modelled',
  reason,
})

/** The least trustworthy label of what requests meet on their way. */
export function labelOf(walk: Walk, arrivals: PredictedArrivals): Label {
  const stations = [...walk.stations.values()].filter(one => one.rate > 0).map(one => one.label)
  const kept = walk.effects.all.some(one => one.effect.type === 'keep' && one.rate > 0)
  const varying = arrivals.type === 'open' && arrivals.process === 'varying'
  return weakest(...stations, kept || varying || walk.overlaps ? 'approximate' : 'exact')
}

/** What becomes of each kind of request. */
export function requestsOf(
  model: LabModel,
  walk: Walk,
  rate: number,
  arrivals: PredictedArrivals,
): RequestPrediction[] {
  const label = labelOf(walk, arrivals)
  return model.classes.map(({ name, share, state }) => {
    const outcome = walk.outcomes[state]!
    const replies = everyReply(outcome)
    return {
      name,
      perSecond: rate * 1000 * share,
      success: figure(outcome.ok.mass, 'ratio', weakest(label, 'exact')),
      mean: figure(replies.meanMs, 'ms', label),
      quantiles: quantilesOf(replies, label),
    }
  })
}

/** Quantiles of a time by name. */
export function quantilesOf(time: Time, label: Label): Record<string, Figure> {
  const trust = weakest(label, time.label)
  return Object.fromEntries(
    Object.entries(QUANTILES).map(([name, probability]) => [
      name,
      trust === 'not modelled'
        ? notModelled('ms', 'the distribution of the time is not known, only its mean')
        : figure(time.quantile(probability), 'ms', trust),
    ]),
  )
}
