/**
 * Exact null distributions of the two rank tests, as cumulative probabilities of a sum of doubled ranks: doubled, so that the
 * middle ranks of ties are whole numbers too. Index s holds P(sum ≤ s). Counted by dynamic programming, not approximated.
 */
export type Cumulative = Float64Array

/** Sum of the ranks whose sign is positive, when each sign is + or − with equal chance (F. Wilcoxon, 1945). */
export function signedRankDistribution(doubledRanks: readonly number[]): Cumulative {
  const total = doubledRanks.reduce((sum, rank) => sum + rank, 0)
  const chance = new Float64Array(total + 1)
  chance[0] = 1
  let reached = 0
  for (const rank of doubledRanks) {
    reached += rank
    for (let sum = reached; sum >= 0; sum--) {
      chance[sum] = (chance[sum]! + (sum >= rank ? chance[sum - rank]! : 0)) / 2
    }
  }
  return accumulate(chance)
}

const untied = new Map<number, Cumulative>()

/** The same for so many values without ties; kept, because most values have none, and all measures as many. */
export function untiedSignedRanks(count: number): Cumulative {
  const known = untied.get(count) ?? signedRankDistribution(Array.from({ length: count }, (_, at) => 2 * (at + 1)))
  untied.set(count, known)
  return known
}

/** Sum of the ranks of `size` values, when each choice of so many of them is equally likely (Wilcoxon; Mann and Whitney, 1947). */
export function rankSumDistribution(doubledRanks: readonly number[], size: number): Cumulative {
  const total = doubledRanks.reduce((sum, rank) => sum + rank, 0)
  // chance[k][s]: k of the values looked at so far were chosen, with ranks that add up to s.
  const chance = Array.from({ length: size + 1 }, () => new Float64Array(total + 1))
  chance[0]![0] = 1
  for (const [seen, rank] of doubledRanks.entries()) {
    const left = doubledRanks.length - seen
    for (let chosen = Math.min(seen + 1, size); chosen >= 0; chosen--) {
      const here = chance[chosen]!
      const before = chance[chosen - 1]
      // Drawing one by one without replacement: the next value is chosen with the share of places that are free.
      const stay = 1 - (size - chosen) / left
      const take = (size - chosen + 1) / left
      for (let sum = total; sum >= 0; sum--) {
        here[sum] = here[sum]! * Math.max(0, stay) + (before && sum >= rank ? before[sum - rank]! * take : 0)
      }
    }
  }
  return accumulate(chance[size]!)
}

function accumulate(chance: Float64Array): Cumulative {
  for (let sum = 1; sum < chance.length; sum++) chance[sum] = chance[sum]! + chance[sum - 1]!
  return chance
}

/** P(sum ≤ value). */
export const atMost = (distribution: Cumulative, value: number): number =>
  value < 0 ? 0 : Math.min(1, distribution[Math.min(value, distribution.length - 1)]!)

/** P(sum ≥ value). */
export const atLeast = (distribution: Cumulative, value: number): number => 1 - atMost(distribution, value - 1)

/** Twice the rank of each value among all, from 1; values that are equal share the mean of their ranks. */
export function doubledRanks(values: readonly number[]): number[] {
  const order = values.map((_, at) => at).sort((left, right) => values[left]! - values[right]!)
  const ranks: number[] = new Array(values.length)
  for (let from = 0; from < order.length; ) {
    let to = from
    while (to + 1 < order.length && values[order[to + 1]!] === values[order[from]!]) to += 1
    for (let at = from; at <= to; at++) ranks[order[at]!] = from + to + 2
    from = to + 1
  }
  return ranks
}
