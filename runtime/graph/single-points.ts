import { cutOffs } from './dominators.ts'
import type { FailureModel } from './failures.ts'
import type { LabGraph } from './graph.ts'
import type { Relation } from './relation.ts'
import type { Figures } from './shape.ts'

/** Names of components that a figure lists, at most; counts are always whole. */
export const NAMES_MAX = 100

/** A component with one replica, and what its death does. */
export interface SinglePoint {
  readonly component: string
  /** Components that the entries reach only through it. */
  readonly cutsOff: { readonly count: number; readonly names: readonly string[] }
  /** Endpoints of entries of which every request fails. */
  readonly stops: number
  /** Endpoints of which some requests fail. */
  readonly harms: number
  /** Mean share of requests that fail, all endpoints of entries counting alike, 0..1. */
  readonly failingShare: number
  /** Tactics that ask it, by name; what they do without it is theirs to say. */
  readonly askedBy: readonly string[]
}

/** Differences below this are rounding. */
const TINY = 1e-9

/**
 * Components with one replica whose death makes requests fail, cuts other components off, or is felt by tactics; the gravest
 * first. `starts` are the states of the endpoints of the entries.
 */
export function singlePointsOf(
  graph: LabGraph,
  relation: Relation,
  figures: Figures,
  failures: FailureModel,
  starts: readonly number[],
): SinglePoint[] {
  const cuts = cutOffs(relation, figures.entries)
  const askers = askersOf(graph)
  const points = graph.nodes
    .filter(node => node.replicas === 1 && cuts.has(node.name))
    .map(({ name }) => {
      const failing = failures.without(name)
      const chances = starts.map(start => failing.get(start) ?? 0)
      const { count, names } = cuts.get(name)!
      return {
        component: name,
        cutsOff: { count, names: names(NAMES_MAX) },
        stops: chances.filter(chance => chance > 1 - TINY).length,
        harms: chances.filter(chance => chance > TINY && chance <= 1 - TINY).length,
        failingShare: Number((chances.reduce((sum, one) => sum + one, 0) / chances.length).toPrecision(12)),
        askedBy: askers.get(name) ?? [],
      }
    })
  return points
    .filter(one => one.failingShare > 0 || one.cutsOff.count > 0 || one.askedBy.length > 0)
    .sort((left, right) => right.failingShare - left.failingShare || right.cutsOff.count - left.cutsOff.count)
}

/** Tactics that ask each component, each name once. */
function askersOf(graph: LabGraph): ReadonlyMap<string, string[]> {
  const askers = new Map<string, Set<string>>()
  for (const { to, tactic } of graph.edges) {
    if (tactic === null) continue
    const names = askers.get(to)
    if (names) names.add(tactic)
    else askers.set(to, new Set([tactic]))
  }
  return new Map([...askers].map(([name, set]) => [name, [...set]]))
}
