import type { Percentiles } from '../result.ts'
import type { ValueHistogram } from './value-histogram.ts'

/** Points of the curve for each halving of the share that lies above. */
const POINTS_PER_HALVING = 8

/** What a histogram tells, as it stands in results. */
export function percentilesOf(histogram: ValueHistogram): Percentiles {
  const at = (ratio: number): number | null => histogram.quantile(ratio)
  return {
    count: histogram.count,
    mean: histogram.mean,
    min: histogram.min,
    p50: at(0.5),
    p75: at(0.75),
    p90: at(0.9),
    p95: at(0.95),
    p99: at(0.99),
    p999: at(0.999),
    p9999: at(0.9999),
    max: histogram.max,
    curve: curveOf(histogram),
  }
}

/**
 * The distribution as [share of values, value, how many values up to it], evenly on the axis 1/(1 - share): from the median
 * on as many points for the upper tenth of a per cent as for the upper tenth.
 */
function curveOf(histogram: ValueHistogram): [number, number, number][] {
  const points: [number, number, number][] = []
  let nextLog = 0
  for (const { valueMs, upTo } of histogram.steps()) {
    const above = 1 - upTo / histogram.count
    const log = above <= 0 ? Number.POSITIVE_INFINITY : -Math.log2(above) * POINTS_PER_HALVING
    if (log < nextLog) continue
    points.push([upTo / histogram.count, valueMs, upTo])
    nextLog = Math.floor(log) + 1
  }
  return points
}
