import { basename } from 'node:path'
import type { Topology } from '../topology/topology.ts'
import type { EndpointFigures } from './executions.ts'
import type { LabGraph } from './graph.ts'
import type { Relation } from './relation.ts'
import { type Figures, hasOneCallerAtMost } from './shape.ts'
import type { SinglePoint } from './single-points.ts'
import type { Unanswered } from './unanswered.ts'

/**
 * Every code that a finding can carry: how grave, and what it says. docs/graph.md holds the same table; a test compares.
 * `warning`: likely a mistake, or a weakness that a lab should know of. `note`: worth knowing.
 */
export const FINDINGS = {
  GRAPH_UNREACHABLE: { severity: 'warning', says: 'Nothing can ever call a component.' },
  GRAPH_NO_ENDPOINT: { severity: 'warning', says: 'A call asks for what no endpoint of its target takes.' },
  GRAPH_MESH_IS_TREE: { severity: 'warning', says: 'The topology calls itself a mesh and is a tree.' },
  GRAPH_SINGLE_POINT_OF_FAILURE: {
    severity: 'warning',
    says: 'A component with one replica is the only way to others.',
  },
  GRAPH_FAN_OUT: { severity: 'warning', says: 'One request to an entry makes a component execute many times.' },
  GRAPH_SINGLE_REPLICA: { severity: 'note', says: 'A component with one replica, at the end of the links, is missed.' },
} as const

export type FindingCode = keyof typeof FINDINGS

/** A piece of advice about the shape of a topology. */
export interface Finding {
  readonly code: FindingCode
  readonly severity: 'warning' | 'note'
  /** Components that it is about. */
  readonly components: readonly string[]
  readonly message: string
  /** What to do. */
  readonly hint: string
}

/** What the rules look at. */
export interface Facts {
  readonly topology: Topology
  readonly graph: LabGraph
  readonly relation: Relation
  readonly figures: Figures
  readonly endpoints: readonly EndpointFigures[]
  readonly singlePoints: readonly SinglePoint[]
  readonly unanswered: readonly Unanswered[]
}

/** Executions of a component for one request to an entry from which on the fan-out is told: a tenfold load. */
export const FAN_OUT_MIN = 10

/** What there is to say about a topology: warnings first, in each rule the gravest first. */
export function findingsOf(facts: Facts): Finding[] {
  return [
    ...facts.figures.unreachable.map(unreachable),
    ...facts.unanswered.map(noEndpoint),
    ...meshIsTree(facts),
    ...facts.singlePoints.filter(one => one.cutsOff.count > 0).map(one => singlePoint(one, facts)),
    ...fanOut(facts),
    ...facts.singlePoints.filter(one => one.cutsOff.count === 0).map(one => singleReplica(one, facts)),
  ]
}

function finding(code: FindingCode, components: readonly string[], message: string, hint: string): Finding {
  return { code, severity: FINDINGS[code].severity, components, message, hint }
}

function unreachable(name: string): Finding {
  const message = `nothing can call ${name}: no entry leads to it, and it has no port that anyone may call`
  return finding('GRAPH_UNREACHABLE', [name], message, 'link to it, give it a port, or remove it')
}

function noEndpoint({ from, to, link, request }: Unanswered): Finding {
  const message = `${from} calls ${to} with ${request} (link ${link}), which no endpoint of ${to} takes`
  const hint = `add the endpoint to ${to}, or let ${from} ask for one that is there`
  return finding('GRAPH_NO_ENDPOINT', [from, to], message, hint)
}

function meshIsTree({ topology, figures, relation }: Facts): Finding[] {
  const named = [topology.name, basename(topology.file)].find(name => /mesh/i.test(name))
  if (named === undefined || figures.components === 1 || !hasOneCallerAtMost(relation)) return []
  const message = `${named} calls itself a mesh, but no component is called by two others: it is a ${figures.shape}`
  return [finding('GRAPH_MESH_IS_TREE', [], message, 'let components share others, or call it what it is')]
}

function singlePoint(point: SinglePoint, { endpoints }: Facts): Finding {
  const { component, cutsOff } = point
  const others = `${cutsOff.count} ${cutsOff.count === 1 ? 'component is' : 'components are'} cut off`
  const names = listed(cutsOff.names, cutsOff.count)
  const message = `${component} has one replica; without it ${failing(point, endpoints)} and ${others} (${names})`
  return finding('GRAPH_SINGLE_POINT_OF_FAILURE', [component], message, `give ${component} a second replica`)
}

function singleReplica(point: SinglePoint, { endpoints, figures }: Facts): Finding {
  const { component, askedBy } = point
  const asked = askedBy.length === 0 ? '' : `; tactics that ask it: ${askedBy.join(', ')}`
  const message = `${component} has one replica; without it ${failing(point, endpoints)}${asked}`
  const fallback = figures.entries.includes(component) ? '' : ', or its callers a fallback'
  const hint = `give ${component} a second replica${fallback}`
  return finding('GRAPH_SINGLE_REPLICA', [component], message, hint)
}

/** What fails, in words. */
function failing({ stops, harms, failingShare }: SinglePoint, endpoints: readonly EndpointFigures[]): string {
  const all = endpoints.length
  if (stops === all) return all === 1 ? 'every request fails' : `${all === 2 ? 'both' : `all ${all}`} endpoints fail`
  if (stops === 0 && harms === 0) return 'no endpoint fails'
  const whole = stops > 0 ? [`${stops} of ${all} endpoints ${stops === 1 ? 'fails' : 'fail'}`] : []
  const partly = harms > 0 ? [`${percent(failingShare)} of requests fail when all endpoints are asked alike`] : []
  return [...whole, ...partly].join(' and ')
}

function fanOut({ graph, endpoints }: Facts): Finding[] {
  const worst = graph.nodes.flatMap(({ name }) => {
    let found: { name: string; times: number; endpoint: EndpointFigures } | undefined
    for (const endpoint of endpoints) {
      const times = endpoint.perComponent[name] ?? 0
      if (times >= FAN_OUT_MIN && times > (found?.times ?? 0)) found = { name, times, endpoint }
    }
    return found ? [found] : []
  })
  worst.sort((left, right) => right.times - left.times)
  return worst.map(({ name, times, endpoint }) => {
    const message = `one ${endpoint.request} to ${endpoint.entry} makes ${name} execute ${amount(times)} times`
    const hint = `let callers share or batch what they ask ${name}; it needs ${amount(times)} times the capacity of the entry`
    return finding('GRAPH_FAN_OUT', [name], message, hint)
  })
}

const amount = (value: number): string => (value < 1e9 ? String(Number(value.toPrecision(4))) : value.toExponential(1))
const percent = (share: number): string => `${Number((share * 100).toPrecision(3))}%`

/** The first few names. */
function listed(names: readonly string[], count: number): string {
  const shown = names.slice(0, 5)
  return count > shown.length ? `${shown.join(', ')}, …` : shown.join(', ')
}
