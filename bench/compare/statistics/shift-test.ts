import {
  atLeast,
  atMost,
  type Cumulative,
  doubledRanks,
  rankSumDistribution,
  signedRankDistribution,
  untiedSignedRanks,
} from './rank-distribution.ts'

/** Both bounds belong to it. */
export type Interval = readonly [low: number, high: number]

/**
 * How far one arm lies from another, from values of runs. The test is a permutation test of ranks, exact for any number of
 * runs and with ties; estimate and interval are the shifts that it accepts best, and at all (J. L. Hodges and E. L. Lehmann,
 * Annals of Mathematical Statistics 34, 1963). One strange run moves neither far, as it would move a mean.
 */
export interface ShiftTest {
  /** Number of runs that it rests on: pairs, or the smaller arm. */
  readonly runs: number
  /** Hodges-Lehmann estimate of the shift. */
  readonly estimate: number
  /** Interval that covers the shift with this confidence at least; `null` when there are too few runs for it. */
  interval(confidence: number): Interval | null
  /** One-sided p-value against shifts of `shift` or less. */
  pAbove(shift: number): number
  /** One-sided p-value against shifts of `shift` or more. */
  pBelow(shift: number): number
}

/** Two-sided p-value that there is no shift. */
export const pDifferent = (test: ShiftTest): number => Math.min(1, 2 * Math.min(test.pAbove(0), test.pBelow(0)))

/**
 * Wilcoxon's signed-rank test of differences within blocks: in each block both arms ran once, so without a difference each
 * sign is + or − by the toss of the block's random order. Differences of zero say nothing and are left out (Wilcoxon, 1945).
 */
export function pairedShift(differences: readonly number[]): ShiftTest {
  const averages = walshAverages(differences)
  const tail = (shift: number): { sum: number; distribution: Cumulative } => {
    const moved = differences.map(one => one - shift).filter(one => one !== 0)
    const ranks = doubledRanks(moved.map(Math.abs))
    const sum = moved.reduce((total, one, at) => total + (one > 0 ? ranks[at]! : 0), 0)
    const isTied = new Set(ranks).size < ranks.length
    return { sum, distribution: isTied ? signedRankDistribution(ranks) : untiedSignedRanks(ranks.length) }
  }
  const { length } = differences
  return shiftTest(length, averages, tail, confidence => cut(untiedSignedRanks(length), 0, confidence))
}

/** The rank-sum test of Wilcoxon, Mann and Whitney: runs without blocks, such as results that were kept from earlier. */
export function unpairedShift(before: readonly number[], after: readonly number[]): ShiftTest {
  const shifts = after.flatMap(one => before.map(other => one - other)).sort(ascending)
  const tail = (shift: number): { sum: number; distribution: Cumulative } => {
    const ranks = doubledRanks([...after.map(one => one - shift), ...before])
    const sum = ranks.slice(0, after.length).reduce((total, rank) => total + rank, 0)
    return { sum, distribution: rankSumDistribution(ranks, after.length) }
  }
  const all = [...after, ...before]
  const least = after.length * (after.length + 1)
  const plain = (): Cumulative =>
    rankSumDistribution(
      all.map((_, at) => 2 * (at + 1)),
      after.length,
    )
  return shiftTest(Math.min(before.length, after.length), shifts, tail, confidence => cut(plain(), least, confidence))
}

function shiftTest(
  runs: number,
  candidates: readonly number[],
  tail: (shift: number) => { sum: number; distribution: Cumulative },
  cutOf: (confidence: number) => number | null,
): ShiftTest {
  return {
    runs,
    estimate: middle(candidates),
    interval: confidence => {
      const left = cutOf(confidence)
      if (left === null || candidates.length === 0) return null
      return [candidates[left]!, candidates[candidates.length - 1 - left]!]
    },
    pAbove: shift => {
      const { sum, distribution } = tail(shift)
      return atLeast(distribution, sum)
    },
    pBelow: shift => {
      const { sum, distribution } = tail(shift)
      return atMost(distribution, sum)
    },
  }
}

/** How many of the ordered shifts lie outside of the interval at each end; `null` when there are too few. */
function cut(distribution: Cumulative, least: number, confidence: number): number | null {
  const alpha = 1 - confidence
  let outside = -1
  while (atMost(distribution, least + 2 * (outside + 1)) <= alpha / 2) outside += 1
  return outside < 0 ? null : outside
}

/** Means of all pairs of values, each with itself too, in order (J. Walsh, 1949). */
function walshAverages(values: readonly number[]): number[] {
  const averages: number[] = []
  for (let left = 0; left < values.length; left++) {
    for (let right = left; right < values.length; right++) averages.push((values[left]! + values[right]!) / 2)
  }
  return averages.sort(ascending)
}

/** The middle of sorted values; NaN of none. */
function middle(sorted: readonly number[]): number {
  const half = sorted.length >> 1
  if (sorted.length === 0) return Number.NaN
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2
}

const ascending = (left: number, right: number): number => left - right
