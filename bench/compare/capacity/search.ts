/** What the runs at one rate gave. */
export interface Probe {
  readonly perSecond: number
  /** Runs in which every expectation was met. */
  readonly held: number
  readonly of: number
}

/** Where a search begins, and how close it has to come. */
export interface SearchPlan {
  readonly fromPerSecond: number
  /** The search does not go beyond. */
  readonly maxPerSecond: number
  /** It ends when the lowest rate that fails is so close to the highest that holds: 0.05 is 5 %. */
  readonly precision: number
}

export interface Capacity {
  /** The highest rate at which most runs met the expectations; `null` when not even the lowest one that was tried held. */
  readonly perSecond: number | null
  /**
   * Up to the first every run met them, from the second on none did. Between them it was chance; `null` where the search ended
   * before it came there.
   */
  readonly between: readonly [number | null, number | null]
  /** In the order of the search. */
  readonly probes: readonly Probe[]
  readonly end: 'found' | 'beyond the largest rate' | 'below the smallest rate' | 'stopped'
}

/** Rates a thousandth of the first one are not tried: then it is not the rate that fails. */
const SMALLEST = 1000

const holds = ({ held, of }: Probe): boolean => 2 * held > of

/**
 * The highest rate that holds: doubled or halved until one rate holds and another does not, then bisected between them on a
 * logarithmic scale. `probe` gives `null` when somebody ended the search. It supposes that a higher rate is never easier;
 * where runs disagree, `between` shows it.
 */
export async function findCapacity(
  { fromPerSecond, maxPerSecond, precision }: SearchPlan,
  probe: (perSecond: number) => Promise<Probe | null>,
): Promise<Capacity> {
  const probes: Probe[] = []
  let low: number | null = null
  let high: number | null = null
  let next = Math.min(fromPerSecond, maxPerSecond)
  for (;;) {
    const found = await probe(next)
    if (!found) return capacityOf(probes, 'stopped')
    probes.push(found)
    if (holds(found)) low = next
    else high = next
    if (low !== null && high !== null) {
      if (high / low <= 1 + precision) return capacityOf(probes, 'found')
      next = Math.sqrt(low * high)
    } else if (low !== null) {
      if (low >= maxPerSecond) return capacityOf(probes, 'beyond the largest rate')
      next = Math.min(2 * low, maxPerSecond)
    } else {
      next = high! / 2
      if (next < fromPerSecond / SMALLEST) return capacityOf(probes, 'below the smallest rate')
    }
  }
}

function capacityOf(probes: readonly Probe[], end: Capacity['end']): Capacity {
  const sorted = probes.toSorted((left, right) => left.perSecond - right.perSecond)
  const firstDoubt = sorted.findIndex(({ held, of }) => held < of)
  const lastHope = sorted.findLastIndex(({ held }) => held > 0)
  const sure = firstDoubt < 0 ? sorted.at(-1) : sorted[firstDoubt - 1]
  return {
    perSecond: sorted.findLast(holds)?.perSecond ?? null,
    between: [sure?.perSecond ?? null, sorted[lastHope + 1]?.perSecond ?? null],
    probes,
    end,
  }
}
