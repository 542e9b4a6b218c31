import { median } from '../../support/statistics.ts'
import { batchMeans } from '../statistics/batch-means.ts'
import { mannKendall } from '../statistics/mann-kendall.ts'

/**
 * Few batches, each as long as can be: values of a queue that follow one another are alike, and the test would take their
 * swings for a trend.
 */
export const BATCHES = 8
/** A trend of this chance or less is no chance. */
const LEVEL = 0.01
/** A change over the run that is a smaller share of the middle value does no harm. */
export const CHANGE_MIN = 0.2

/** How a quantity moved over a run. */
export interface Drift {
  /** Chance of such a trend where there is none. */
  readonly pValue: number
  /** From the first batch to the last, along the trend; as a share of the middle value, `null` when that is 0. */
  readonly change: number
  readonly changeShare: number | null
  /** The trend is hardly chance. */
  readonly significant: boolean
  /** And large enough to matter. */
  readonly harmful: boolean
}

/** The trend in values at equal distances of time; `null` when there are too few. Changes below `least` do no harm. */
export function driftOf(values: readonly (number | null)[], least: number): Drift | null {
  const means = batchMeans(values, BATCHES)
  const present = means.filter(value => value !== null)
  if (present.length < BATCHES) return null
  const { pValue, slope } = mannKendall(present)
  const change = slope * (BATCHES - 1)
  const middle = median(present)
  const large = Math.abs(change) >= Math.max(least, CHANGE_MIN * middle)
  const changeShare = middle === 0 ? null : change / middle
  const significant = pValue <= LEVEL
  return { pValue, change, changeShare, significant, harmful: significant && large }
}
