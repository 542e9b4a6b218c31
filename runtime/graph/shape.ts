import type { LabGraph } from './graph.ts'
import { levelsOf, partsOf, type Relation, reachedFrom } from './relation.ts'

/**
 * What a graph looks like, as one word. `single`: one component. `chain`: one after the other. `star`: one component is an
 * end of every link. `tree`: one root, every other component has one caller. `forest`: several trees. `layered`: every link
 * leads from one level to the next. `dag`: anything else, a directed graph without cycles.
 */
export type Shape = 'single' | 'chain' | 'star' | 'tree' | 'forest' | 'layered' | 'dag'

/** The graph in figures. Links of tactics count as links. */
export interface Figures {
  readonly shape: Shape
  readonly components: number
  readonly replicas: number
  /** Links that components call; one with several targets counts once. */
  readonly links: number
  /** Links that only tactics use. */
  readonly tacticLinks: number
  /** Components on the longest way along links. */
  readonly depth: number
  /** Components on the level that has most; a component's level is the longest way to it. */
  readonly width: number
  /** Parts that no link joins. */
  readonly parts: number
  /** Where requests come in: with a port that anyone may call, and called by no component; if none, called by none. */
  readonly entries: readonly string[]
  /** Components that nothing can ever call: no entry leads to them, and no port of their own. */
  readonly unreachable: readonly string[]
}

/** Counts the figures of a graph. */
export function figuresOf(graph: LabGraph, relation: Relation): Figures {
  const levels = levelsOf(relation)
  const perLevel: number[] = []
  for (const level of levels) perLevel[level] = (perLevel[level] ?? 0) + 1
  const parts = partsOf(relation)
  const addresses = (type: string): number =>
    new Set(graph.edges.filter(edge => edge.type === type).map(edge => edge.address)).size
  const entries = entriesOf(graph, relation)
  return {
    shape: shapeOf(relation, levels, parts),
    components: graph.nodes.length,
    replicas: graph.nodes.reduce((sum, node) => sum + node.replicas, 0),
    links: addresses('call'),
    tacticLinks: addresses('tactic'),
    depth: perLevel.length,
    width: Math.max(...perLevel),
    parts,
    entries,
    unreachable: unreachableOf(graph, relation, entries),
  }
}

function entriesOf(graph: LabGraph, relation: Relation): string[] {
  const uncalled = graph.nodes.filter((_, at) => relation.callers[at]!.length === 0)
  const open = uncalled.filter(isOpen)
  return (open.length > 0 ? open : uncalled).map(node => node.name)
}

const isOpen = (node: LabGraph['nodes'][number]): boolean => node.ports.length > 0 && node.access === 'anyone'

function unreachableOf(graph: LabGraph, relation: Relation, entries: readonly string[]): string[] {
  const doors = graph.nodes.flatMap((node, at) => (isOpen(node) || entries.includes(node.name) ? [at] : []))
  const reached = reachedFrom(relation.callees, doors)
  return relation.names.filter((_, at) => !reached.has(at))
}

function shapeOf(relation: Relation, levels: readonly number[], parts: number): Shape {
  const { names, callees, callers } = relation
  const related = callees.reduce((sum, list) => sum + list.length, 0)
  if (names.length === 1) return 'single'
  if (parts === 1) {
    if (callees.every(list => list.length <= 1) && callers.every(list => list.length <= 1)) return 'chain'
    if (names.some((_, at) => callees[at]!.length + callers[at]!.length === related)) return 'star'
  }
  if (hasOneCallerAtMost(relation)) return parts === 1 ? 'tree' : 'forest'
  const neighbouring = callees.every((list, at) => list.every(callee => levels[callee] === levels[at]! + 1))
  return neighbouring ? 'layered' : 'dag'
}

/** True when no component is called by two others: each part is a tree. */
export function hasOneCallerAtMost(relation: Relation): boolean {
  return relation.callers.every(list => list.length <= 1)
}
