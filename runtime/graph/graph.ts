import { matchText } from '../kit/index.ts'
import { settingsText } from '../topology/effective.ts'
import type { ComponentSpec, LinkSpec, TacticSpec, Topology, Transport } from '../topology/topology.ts'

/** A topology as nodes and edges: what pictures show and figures are counted from. JSON-serialisable. */
export interface LabGraph {
  readonly name: string
  /** In the order of the file. */
  readonly nodes: readonly GraphNode[]
  /** One for each link and each of its targets, in the order of the file. */
  readonly edges: readonly GraphEdge[]
}

/** A component. */
export interface GraphNode {
  readonly name: string
  readonly kind: string
  /** Declared ports: one that all replicas share, or one for each. */
  readonly ports: readonly number[]
  readonly replicas: number
  /** Who may call its ports. */
  readonly access: ComponentSpec['access']
  /** Inbound tactics, outermost first. */
  readonly tactics: readonly GraphTactic[]
}

/** A tactic where it stands. */
export interface GraphTactic {
  readonly name: string
  /** Settings in YAML's flow style. */
  readonly settings: string
  /** Requests that it is for; `null` for all. */
  readonly match: string | null
}

/** One target of a link. */
export interface GraphEdge {
  readonly from: string
  readonly to: string
  /** `call`: the component calls it. `tactic`: one of its tactics may ask it. */
  readonly type: 'call' | 'tactic'
  /** Name of the link in its component; of a tactic's link the setting that names the target. */
  readonly link: string
  /** The link's address in the topology; edges that share it are targets of one link. */
  readonly address: string
  /** The tactic that asks; `null` for a call. */
  readonly tactic: string | null
  /** Requests of the route; `null` where the link is none. */
  readonly match: string | null
  /** Replaces the path of every call; `null` where the path stays. */
  readonly path: string | null
  readonly policy: string
  /** Weight of each replica of the target. */
  readonly weight: number
  /** Share of the link's calls that goes to this target, 0..1, as `sharesOf` computes it. */
  readonly share: number
  readonly transport: Transport
  readonly timeoutMs: number
  /** Tactics of the link, outermost first. */
  readonly tactics: readonly GraphTactic[]
}

/** The graph of a topology. Hand in a redacted one: settings and paths are shown. */
export function graphOf(topology: Topology): LabGraph {
  const components = Object.values(topology.components)
  return {
    name: topology.name,
    nodes: components.map(nodeOf),
    edges: components.flatMap(component => edgesOf(topology, component)),
  }
}

function nodeOf(component: ComponentSpec): GraphNode {
  const { name, kind, replicas, access, listen } = component
  return { name, kind, ports: listen?.ports ?? [], replicas, access, tactics: component.tactics.map(tacticOf) }
}

function edgesOf(topology: Topology, component: ComponentSpec): GraphEdge[] {
  const calls = component.links.flatMap(link => {
    const route = component.routes.find(one => one.link === link.name)
    return [
      ...linkEdges(topology, component.name, link, { tactic: null, match: route ? matchText(route.match) : null }),
      ...link.tactics.flatMap(tactic => tacticEdges(topology, component.name, tactic)),
    ]
  })
  return [...component.tactics.flatMap(tactic => tacticEdges(topology, component.name, tactic)), ...calls]
}

function tacticEdges(topology: Topology, from: string, tactic: TacticSpec): GraphEdge[] {
  return tactic.links.flatMap(link => linkEdges(topology, from, link, { tactic: tactic.name, match: null }))
}

function linkEdges(
  topology: Topology,
  from: string,
  link: LinkSpec,
  origin: { tactic: string | null; match: string | null },
): GraphEdge[] {
  const shares = sharesOf(topology, link)
  return link.to.map(to => ({
    from,
    to,
    type: origin.tactic === null ? 'call' : 'tactic',
    link: link.name,
    address: link.address,
    ...origin,
    path: link.path,
    policy: link.policy.name,
    weight: link.policy.weights[to] ?? 1,
    share: shares.get(to)!,
    transport: link.transport,
    timeoutMs: link.timeoutMs,
    tactics: link.tactics.map(tacticOf),
  }))
}

function tacticOf(tactic: TacticSpec): GraphTactic {
  const { name, settings, match } = tactic
  return { name, settings: settingsText(settings), match: match === null ? null : matchText(match) }
}

/**
 * Share of a link's calls that each target gets, 0..1. A link balances over the replicas of all its targets, so a target
 * counts as often as it has replicas, each with its weight. Policies that look at load or at keys do so on average.
 */
export function sharesOf(topology: Topology, link: LinkSpec): ReadonlyMap<string, number> {
  const parts = link.to.map(name => topology.components[name]!.replicas * (link.policy.weights[name] ?? 1))
  const whole = parts.reduce((sum, part) => sum + part, 0)
  return new Map(link.to.map((name, at) => [name, parts[at]! / whole]))
}
