import { matchText } from '../kit/index.ts'
import { REDACTED, redact } from '../topology/redact.ts'
import type { Topology } from '../topology/topology.ts'
import { type Behaviours, behavioursOf } from './behaviour.ts'
import { CallStates } from './call-states.ts'
import { CLASSES_MAX, classesOf } from './entry-classes.ts'
import { type EndpointFigures, ExecutionModel } from './executions.ts'
import { FailureModel } from './failures.ts'
import { type Finding, findingsOf } from './findings.ts'
import { graphOf, type LabGraph } from './graph.ts'
import { type Relation, relationOf } from './relation.ts'
import { type Figures, figuresOf } from './shape.ts'
import { type SinglePoint, singlePointsOf } from './single-points.ts'
import { unansweredCalls } from './unanswered.ts'

/** Everything that `archlab graph` tells of a topology. JSON-serialisable, without secrets. */
export interface Analysis {
  readonly graph: LabGraph
  readonly figures: Figures
  /** One for each class of requests that an entry treats differently. */
  readonly endpoints: readonly EndpointFigures[]
  /** True when an entry has more endpoints than are looked at. */
  readonly endpointsLeftOut: boolean
  /** Components with one replica whose death makes requests fail or cuts others off, the gravest first. */
  readonly singlePoints: readonly SinglePoint[]
  /** Components whose kind does not tell how long its own work takes: they count 0 ms. */
  readonly untimed: readonly string[]
  readonly findings: readonly Finding[]
}

/** Computes everything; imports the modules of the topology's kinds. */
export async function analyse(topology: Topology): Promise<Analysis> {
  return analyseWith(topology, await behavioursOf(topology))
}

/** `analyse` with behaviours that are known already. Pure. */
export function analyseWith(topology: Topology, behaviours: Behaviours): Analysis {
  const graph = graphOf(redact(topology))
  const relation = relationOf(graph)
  const figures = figuresOf(graph, relation)
  const requests = figures.entries.flatMap(entry => classesOf(behaviours, entry).map(request => ({ entry, request })))
  const states = new CallStates(topology, behaviours)
  const starts = requests.map(({ entry, request }) => states.enter(entry, request))
  const order = orderOf(states, relation)
  const model = new ExecutionModel(states.all, order, relation.names)
  const endpoints = requests.map(({ entry, request }, at) => ({
    entry,
    request: matchText(request),
    ...model.from(starts[at]!),
  }))
  const singlePoints = singlePointsOf(graph, relation, figures, new FailureModel(states.all, order), starts)
  const unanswered = unansweredCalls(states.all, text => masked(topology, text))
  return {
    graph,
    figures,
    endpoints,
    endpointsLeftOut: requests.length >= CLASSES_MAX,
    singlePoints,
    untimed: graph.nodes.flatMap(({ name }) => (behaviours.get(name)!.modelled ? [] : [name])),
    findings: findingsOf({ topology, graph, relation, figures, endpoints, singlePoints, unanswered }),
  }
}

/** States in an order in which callers come before callees, which that of their components gives. */
function orderOf(states: CallStates, relation: Relation): number[] {
  const perComponent = new Map<string, number[]>(relation.names.map(name => [name, []]))
  for (const [at, state] of states.all.entries()) perComponent.get(state.component)!.push(at)
  return relation.order.flatMap(at => perComponent.get(relation.names[at]!)!)
}

/** A text that may hold a secret value of the topology, such as a path that came from a variable. */
function masked(topology: Topology, text: string): string {
  const holds = topology.secrets.some(pointer => {
    let value: unknown = topology
    for (const key of pointer.split('/').slice(1)) {
      value = (value as Record<string, unknown>)[key.replaceAll('~1', '/').replaceAll('~0', '~')]
    }
    return typeof value === 'string' && value !== '' && text.includes(value)
  })
  return holds ? REDACTED : text
}
