import type { CompareRun, Mechanism } from './result.ts'

/** Differences below this, per 1,000 arrivals, are not told. */
const DIFFERENCE_MIN = 1

/**
 * Statuses and counters of tactics and links beside each other: what happened how often in which arm. The largest difference
 * comes first: that is the mechanism which changed what became of most requests.
 */
export function mechanismsOf(arms: readonly string[], runs: readonly CompareRun[]): Mechanism[] {
  const names = new Set(runs.flatMap(run => Object.keys(countsOf(run))))
  const found = [...names].map((name): Mechanism & { spread: number } => {
    const perThousand = arms.map(
      arm =>
        [
          arm,
          rateOf(
            name,
            runs.filter(run => run.arm === arm),
          ),
        ] as const,
    )
    const rates = perThousand.map(([, rate]) => rate)
    return { name, perThousand: Object.fromEntries(perThousand), spread: Math.max(...rates) - Math.min(...rates) }
  })
  return found
    .filter(({ spread }) => spread >= DIFFERENCE_MIN)
    .sort((left, right) => right.spread - left.spread)
    .map(({ name, perThousand }) => ({ name, perThousand }))
}

function countsOf({ statuses, decisions }: CompareRun): Readonly<Record<string, number>> {
  const replies = Object.entries(statuses).map(([status, times]) => [`replies with status ${status}`, times])
  return { ...Object.fromEntries(replies), ...decisions }
}

function rateOf(name: string, runs: readonly CompareRun[]): number {
  const intended = runs.reduce((sum, run) => sum + run.intended, 0)
  const times = runs.reduce((sum, run) => sum + (countsOf(run)[name] ?? 0), 0)
  return intended === 0 ? 0 : (1000 * times) / intended
}
