import type { LabGraph } from './graph.ts'

/**
 * Who depends on whom, by index: two components are related once, however many links join them, and the links of tactics
 * count too. A checked topology has no cycle (`TOPOLOGY_LINK_CYCLE`), so there is an order.
 */
export interface Relation {
  readonly names: readonly string[]
  readonly indexOf: ReadonlyMap<string, number>
  /** Whom the component at an index calls, in the order of the file. */
  readonly callees: readonly (readonly number[])[]
  readonly callers: readonly (readonly number[])[]
  /** Every index; callers come before callees. */
  readonly order: readonly number[]
}

/** The relation that the edges of a graph make. */
export function relationOf(graph: LabGraph): Relation {
  const names = graph.nodes.map(node => node.name)
  const indexOf = new Map(names.map((name, at) => [name, at]))
  const callees = names.map(() => new Set<number>())
  const callers = names.map(() => new Set<number>())
  for (const edge of graph.edges) {
    const from = indexOf.get(edge.from)!
    const to = indexOf.get(edge.to)!
    callees[from]!.add(to)
    callers[to]!.add(from)
  }
  const out = callees.map(set => [...set])
  const into = callers.map(set => [...set])
  return { names, indexOf, callees: out, callers: into, order: topological(out, into) }
}

/** A. B. Kahn, "Topological sorting of large networks" (1962). */
function topological(callees: readonly (readonly number[])[], callers: readonly (readonly number[])[]): number[] {
  const waiting = callers.map(list => list.length)
  const order = waiting.flatMap((count, at) => (count === 0 ? [at] : []))
  // The list grows while it is walked.
  for (let at = 0; at < order.length; at++) {
    for (const callee of callees[order[at]!]!) if (--waiting[callee]! === 0) order.push(callee)
  }
  if (order.length < callees.length) throw new Error('links make a cycle, which a checked topology has not')
  return order
}

/** Every index that can be reached from the given ones, themselves included. */
export function reachedFrom(callees: readonly (readonly number[])[], starts: readonly number[]): Set<number> {
  const reached = new Set(starts)
  // A set may grow while it is walked.
  for (const at of reached) for (const callee of callees[at]!) reached.add(callee)
  return reached
}

/** Level of each component: 0 for one that nobody calls, else one more than the highest level of its callers. */
export function levelsOf(relation: Relation): number[] {
  const levels = relation.names.map(() => 0)
  for (const at of relation.order) {
    for (const callee of relation.callees[at]!) levels[callee] = Math.max(levels[callee]!, levels[at]! + 1)
  }
  return levels
}

/** Number of parts that no link joins. */
export function partsOf(relation: Relation): number {
  const neighbours = relation.names.map((_, at) => [...relation.callees[at]!, ...relation.callers[at]!])
  const seen = new Set<number>()
  let parts = 0
  for (const at of relation.order) {
    if (seen.has(at)) continue
    parts++
    for (const one of reachedFrom(neighbours, [at])) seen.add(one)
  }
  return parts
}
