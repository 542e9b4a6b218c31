import { graphOf, type LabGraph } from '@archlab/runtime/graph'
import { type LinkSpec, settingsText, type TacticSpec, type Topology } from '@archlab/runtime/topology'
import type { LabResult } from '../../load/result.ts'

/** What stands at an address of the topology and can refuse or fail a request. */
export interface Mechanism {
  /** A tactic's name, or `link to database`. */
  readonly name: string
  /** Settings in YAML's flow style; empty for a link. */
  readonly settings: string
  readonly reportOnly: boolean
  /** A link, not a tactic. */
  readonly link: boolean
}

/** A lab's topology with what the report asks of it. */
export interface LabTopology {
  readonly graph: LabGraph
  /** By address. */
  readonly mechanisms: ReadonlyMap<string, Mechanism>
  /** Longest way from an entry to a component, in links. */
  readonly depths: ReadonlyMap<string, number>
}

/** Reads `lab.topology`; `null` when it is not the topology of a lab, e.g. in the result of another version. */
export function labTopologyOf(lab: LabResult): LabTopology | null {
  if (!isTopology(lab.topology)) return null
  const graph = graphOf(lab.topology)
  return { graph, mechanisms: mechanismsOf(lab.topology), depths: depthsOf(graph) }
}

function isTopology(value: unknown): value is Topology {
  const components = (value as Partial<Topology> | null)?.components
  if (typeof components !== 'object' || components === null) return false
  return Object.values(components).every(
    one => Array.isArray(one?.tactics) && Array.isArray(one.links) && Array.isArray(one.routes),
  )
}

function mechanismsOf(topology: Topology): Map<string, Mechanism> {
  const found = new Map<string, Mechanism>()
  const addTactic = (tactic: TacticSpec): void => {
    const { name, settings, reportOnly } = tactic
    found.set(tactic.address, { name, settings: settingsText(settings), reportOnly, link: false })
    tactic.links.forEach(addLink)
  }
  const addLink = (link: LinkSpec): void => {
    found.set(link.address, { name: `link to ${link.to.join(', ')}`, settings: '', reportOnly: false, link: true })
    link.tactics.forEach(addTactic)
  }
  for (const component of Object.values(topology.components)) {
    component.tactics.forEach(addTactic)
    component.links.forEach(addLink)
  }
  return found
}

/** A checked topology has no cycle, so the depths settle after as many rounds as there are components at most. */
function depthsOf({ nodes, edges }: LabGraph): Map<string, number> {
  const depths = new Map(nodes.map(node => [node.name, 0]))
  for (let round = 0, changed = true; changed && round < nodes.length; round++) {
    changed = false
    for (const { from, to } of edges) {
      const depth = depths.get(from)! + 1
      if (depth <= depths.get(to)!) continue
      depths.set(to, depth)
      changed = true
    }
  }
  return depths
}
