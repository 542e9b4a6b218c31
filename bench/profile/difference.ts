import { addTree, type CallNode, type FunctionTotal, functionTotals, keyOf, newNode, totalOf } from './call-tree.ts'
import { frameName, Places, placeText } from './places.ts'
import type { Profile } from './profile.ts'
import { byComponent, pooled } from './shares.ts'

/** One function in two profiles; amounts are for one request where both know their requests, else shares of the whole. */
export interface ChangedRow {
  readonly function: string
  readonly place: string
  /** By the function itself. */
  readonly before: number
  readonly after: number
  readonly delta: number
}

/** What two profiles have in common to be compared by. */
export interface Difference {
  /** `request`: amounts are for one request; `whole`: for the whole of the first profile. */
  readonly per: 'request' | 'whole'
  /** Of the whole of each side. */
  readonly before: number
  readonly after: number
  /** Functions whose own amount differs most, either way. */
  readonly changed: readonly ChangedRow[]
  /** Both sides as trees of the same unit. */
  readonly trees: { readonly before: CallNode; readonly after: CallNode }
}

/**
 * Compares two profiles. Two runs serve different numbers of requests, so each is divided by its own; where that is not
 * known, the second one is stretched to the whole of the first.
 */
export function differenceOf(before: Profile, after: Profile): Difference {
  const per = (before.result.requests ?? 0) > 0 && (after.result.requests ?? 0) > 0 ? 'request' : 'whole'
  const wholes = [before, after].map(({ threads }) => totalOf(pooled(threads))) as [number, number]
  const factors =
    per === 'request' ? [1 / before.result.requests!, 1 / after.result.requests!] : [1, wholes[0] / (wholes[1] || 1)]
  const scaled = (profile: Profile, factor: number): [CallNode, CallNode] => {
    const [tree, functions] = [newNode(), newNode()]
    addTree(tree, byComponent(profile.threads), factor)
    addTree(functions, pooled(profile.threads), factor)
    return [tree, functions]
  }
  const [beforeTree, beforeFunctions] = scaled(before, factors[0]!)
  const [afterTree, afterFunctions] = scaled(after, factors[1]!)
  return {
    per,
    before: totalOf(beforeTree),
    after: totalOf(afterTree),
    changed: changedFunctions(beforeFunctions, afterFunctions),
    trees: { before: beforeTree, after: afterTree },
  }
}

function changedFunctions(before: CallNode, after: CallNode): ChangedRow[] {
  const byKey = (root: CallNode): Map<string, FunctionTotal> =>
    new Map(functionTotals(root).map(one => [keyOf(one.frame), one]))
  const [first, second] = [byKey(before), byKey(after)]
  return [...new Set([...first.keys(), ...second.keys()])]
    .map(key => {
      const { frame } = (first.get(key) ?? second.get(key))!
      const [was, is] = [first.get(key)?.self ?? 0, second.get(key)?.self ?? 0]
      return { function: frameName(frame), place: placeText(frame), before: was, after: is, delta: is - was }
    })
    .sort((a, b) => Math.abs(b.delta) - Math.abs(a.delta))
}

/** What a call took in a tree, by its path from the root; 0 where it is not in it. */
export function amountAt(root: CallNode, path: readonly string[]): number {
  let node: CallNode | undefined = root
  for (const key of path) node = node?.children.get(key)
  return node ? totalOf(node) : 0
}

/** Places of both sides. */
export const placesOfBoth = (before: Profile, after: Profile): Places =>
  new Places([...before.result.modules, ...after.result.modules])
