import { decodeValue, type Setting } from '../kit/index.ts'
import { LINK_SETTINGS } from '../topology/common-settings.ts'
import { durationText } from '../topology/effective.ts'
import type { GraphEdge, GraphNode, GraphTactic, LabGraph } from './graph.ts'

/** Links as pictures show them, with their targets. */
export interface DrawnLink {
  readonly from: string
  readonly type: GraphEdge['type']
  readonly targets: readonly { readonly name: string; readonly label: string }[]
  /** Lines of text at the link, apart from its tactics. */
  readonly lines: readonly string[]
  /** Outermost first. */
  readonly tactics: readonly GraphTactic[]
}

const PORTS_SHOWN = 4
const DEFAULTS = {
  policy: String(LINK_SETTINGS.policy!.default),
  timeoutMs: decodeValue(LINK_SETTINGS.timeout as Setting, undefined) as number,
}

/** `:5000 :5003`; empty without ports. */
export function portsText({ ports }: GraphNode): string {
  const shown = ports.slice(0, PORTS_SHOWN).map(port => `:${port}`)
  return ports.length > shown.length ? `${shown.join(' ')} … (${ports.length})` : shown.join(' ')
}

/** `×3`; empty for one. */
export function replicasText({ replicas }: GraphNode): string {
  return replicas > 1 ? `×${replicas}` : ''
}

/** `rate-limit`, or `rate-limit POST /login` where it is not for all requests. */
export function tacticText({ name, match }: GraphTactic): string {
  return match === null ? name : `${name} ${match}`
}

/** The links of a graph: one for each address; links by which tactics of a component ask the same one are drawn once. */
export function drawnLinks(graph: LabGraph): DrawnLink[] {
  const groups = new Map<string, GraphEdge[]>()
  for (const edge of graph.edges) {
    const key = edge.type === 'call' ? edge.address : JSON.stringify([edge.from, edge.tactic, edge.link, edge.to])
    const group = groups.get(key)
    if (group) group.push(edge)
    else groups.set(key, [edge])
  }
  return [...groups.values()].map(edges => (edges[0]!.type === 'call' ? drawnCall(edges) : drawnTactic(edges[0]!)))
}

function drawnCall(edges: readonly GraphEdge[]): DrawnLink {
  const [first] = edges as [GraphEdge]
  const weighted = edges.some(edge => edge.weight !== 1)
  return {
    from: first.from,
    type: 'call',
    targets: edges.map(({ to, weight }) => ({ name: to, label: weighted ? `weight ${weight}` : '' })),
    lines: [
      ...purposeLines(first, edges),
      ...(first.policy === DEFAULTS.policy ? [] : [first.policy]),
      ...(first.transport === 'auto' ? [] : [first.transport]),
      ...(first.timeoutMs === DEFAULTS.timeoutMs ? [] : [`timeout ${durationText(first.timeoutMs)}`]),
    ],
    tactics: first.tactics,
  }
}

/** Which requests take the link, and what becomes of their path; a link's name where it tells more than its target's. */
function purposeLines({ match, link, path }: GraphEdge, edges: readonly GraphEdge[]): string[] {
  const arrow = path === null ? '' : `→ ${path}`
  if (match !== null) return [[match, arrow].filter(Boolean).join(' ')]
  // An inline link is called `to`: it has no name of its own.
  const named = link !== 'to' && !(edges.length === 1 && edges[0]!.to === link)
  return [named ? link : '', arrow].filter(Boolean)
}

function drawnTactic({ from, to, tactic, link }: GraphEdge): DrawnLink {
  return { from, type: 'tactic', targets: [{ name: to, label: '' }], lines: [`${tactic}: ${link}`], tactics: [] }
}
