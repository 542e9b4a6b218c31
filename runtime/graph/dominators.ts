import type { Relation } from './relation.ts'

/** What can be reached from the entries only through one component. */
export interface CutOff {
  readonly count: number
  /** At most `max` of their names, the nearest first. */
  names(max: number): string[]
}

/**
 * What each component cuts off, by name: the components that it dominates when every way starts at one of the entries. A
 * component that no entry leads to is left out.
 */
export function cutOffs(relation: Relation, entries: readonly string[]): ReadonlyMap<string, CutOff> {
  const { names, order } = relation
  const parents = dominatorsOf(relation, entries)
  const children: number[][] = names.map(() => [])
  const counts = names.map(() => 0)
  for (const at of order) if (parents[at]! >= 0) children[parents[at]!]!.push(at)
  for (const at of [...order].reverse()) if (parents[at]! >= 0) counts[parents[at]!]! += counts[at]! + 1
  const below = (root: number, max: number): number[] => {
    const found = [...children[root]!]
    // The list grows while it is walked.
    for (let at = 0; at < found.length && found.length < max; at++) found.push(...children[found[at]!]!)
    return found.slice(0, max)
  }
  return new Map(
    order.flatMap(at => {
      const cutOff = { count: counts[at]!, names: (max: number) => below(at, max).map(one => names[one]!) }
      return parents[at] === UNREACHED ? [] : [[names[at]!, cutOff] as const]
    }),
  )
}

/** The world outside, where requests come from. */
const OUTSIDE = -1
const UNREACHED = -2

/**
 * The immediate dominator of each component. K. D. Cooper, T. J. Harvey, K. Kennedy, "A simple, fast dominance algorithm"
 * (2001); without cycles one pass in topological order settles it.
 */
function dominatorsOf(relation: Relation, entries: readonly string[]): number[] {
  const { names, order, callers, indexOf } = relation
  const place = names.map(() => 0)
  for (const [at, index] of order.entries()) place[index] = at
  const parents = names.map(() => UNREACHED)
  for (const name of entries) parents[indexOf.get(name)!] = OUTSIDE
  const common = (left: number, right: number): number => {
    while (left !== right) {
      if (left === OUTSIDE || right === OUTSIDE) return OUTSIDE
      if (place[left]! > place[right]!) left = parents[left]!
      else right = parents[right]!
    }
    return left
  }
  for (const at of order) {
    for (const caller of callers[at]!) {
      if (parents[caller] === UNREACHED) continue
      parents[at] = parents[at] === UNREACHED ? caller : common(parents[at]!, caller)
    }
  }
  return parents
}
