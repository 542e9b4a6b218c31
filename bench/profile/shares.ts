import {
  addTree,
  type CallNode,
  childOf,
  type Frame,
  type FunctionTotal,
  functionTotals,
  newNode,
} from './call-tree.ts'
import { type Category, frameName, type Owner, type Places, placeText } from './places.ts'

/** What was recorded of one thread. */
export interface ThreadTree {
  readonly thread: string
  readonly replicas: readonly string[]
  /** Its component, or the thread's own name when several share it. */
  readonly component: string
  readonly tree: CallNode
}

/** What one part of a component's code took. */
export interface ShareRow {
  readonly component: string
  readonly category: Category
  /** Name of the kind or tactic. */
  readonly name: string
  /** Microseconds or bytes. */
  readonly amount: number
  /** Of all that was recorded, 0..1. */
  readonly share: number
}

/** One function. */
export interface HotRow {
  readonly function: string
  /** `tactics/auth/auth.ts:93`; empty for native code. */
  readonly place: string
  readonly category: Category
  readonly self: number
  readonly selfShare: number
  /** With what it calls. */
  readonly total: number
  readonly totalShare: number
}

/** What each part of each component took: what it does itself, and what it makes Node.js and others do. */
export function sharesOf(threads: readonly ThreadTree[], places: Places): ShareRow[] {
  const amounts = new Map<string, { component: string; owner: Owner; amount: number }>()
  for (const { component, tree } of threads) {
    const visit = (node: CallNode, caller: Owner | null): void => {
      const owner = places.accountOf(node.frame, caller)
      if (node.self > 0) {
        const key = `${component} ${owner.category} ${owner.name}`
        const one = amounts.get(key) ?? { component, owner, amount: 0 }
        one.amount += node.self
        amounts.set(key, one)
      }
      for (const child of node.children.values()) visit(child, owner)
    }
    for (const child of tree.children.values()) visit(child, null)
  }
  const all = [...amounts.values()]
  const sum = all.reduce((total, { amount }) => total + amount, 0)
  const order = [...new Set(threads.map(({ component }) => component))]
  return all
    .map(({ component, owner, amount }) => ({ component, ...owner, amount, share: sum > 0 ? amount / sum : 0 }))
    .sort((a, b) => order.indexOf(a.component) - order.indexOf(b.component) || b.amount - a.amount)
}

/** The functions that took most by themselves. */
export function hottestOf(threads: readonly ThreadTree[], places: Places, most: number): HotRow[] {
  const functions = functionTotals(pooled(threads))
  const sum = functions.reduce((total, { self }) => total + self, 0)
  const row = ({ frame, self, total }: FunctionTotal): HotRow => ({
    function: frameName(frame),
    place: placeText(frame),
    category: places.ownerOf(frame).category,
    self,
    selfShare: sum > 0 ? self / sum : 0,
    total,
    totalShare: sum > 0 ? total / sum : 0,
  })
  return functions.slice(0, most).map(row)
}

/** All threads as one tree, in which a function is found once however many threads run it. */
export function pooled(threads: readonly ThreadTree[]): CallNode {
  const all = newNode()
  for (const { tree } of threads) addTree(all, tree)
  return all
}

/** All threads as one tree, whose first level are the components. */
export function byComponent(threads: readonly ThreadTree[]): CallNode {
  const all = newNode()
  for (const { component, tree } of threads) addTree(childOf(all, componentFrame(component)), tree)
  return all
}

/** A component as a frame of its own, above its functions. */
const componentFrame = (name: string): Frame => ({ name, url: COMPONENT_URL, line: 0, column: 0 })

/** Marks frames that stand for a component, not for a function. */
export const COMPONENT_URL = 'component:'
