import { seededRandom } from '@archlab/runtime/kit'

/** One run that is to be made. */
export interface Turn {
  readonly arm: string
  /** From 1. */
  readonly block: number
  /** Of the arrivals, and of everything random in the lab: the same for all arms of a block. */
  readonly seed: number
}

/**
 * The runs of a block: every arm once, in random order, so that neither a machine that grows warm nor a neighbour that comes
 * and goes favours one of them (R. A. Fisher, The Design of Experiments, 1935). The same seed gives the same order.
 */
export function blockOf(arms: readonly string[], block: number, seed: number): Turn[] {
  const random = seededRandom(`block ${seed} ${block}`)
  const order = [...arms]
  for (let left = order.length - 1; left > 0; left--) {
    const other = Math.floor(random.next() * (left + 1))
    ;[order[left], order[other]] = [order[other]!, order[left]!]
  }
  const own = Math.floor(random.next() * 2 ** 32)
  return order.map(arm => ({ arm, block, seed: own }))
}
