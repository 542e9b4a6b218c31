import { callsOf, type ImportedService, type ServiceGraph, type Step } from './service-graph.ts'

/** What callers have to reckon with when they call a service. */
export interface Outlook {
  /** The longest that its steps, and those of all it calls, take when nothing queues. */
  readonly longestMs: number
  /** It may answer with a failure, of its own or of one that it calls. */
  readonly mayFail: boolean
}

/** The outlook of every service, by name. The calls must make no cycle. */
export function outlooks(graph: ServiceGraph): ReadonlyMap<string, Outlook> {
  const found = new Map<string, Outlook>()
  for (const service of calleesFirst(graph)) {
    const calls = callsOf(service.steps).flatMap(call => call.to)
    found.set(service.name, {
      longestMs: longestOf(service.steps, found),
      mayFail: fails(service.steps) || calls.some(name => found.get(name)?.mayFail),
    })
  }
  return found
}

/** The services in an order in which each comes after all that it calls. */
function calleesFirst(graph: ServiceGraph): ImportedService[] {
  const waiting = new Map<string, number>()
  const callers = new Map<string, ImportedService[]>()
  for (const service of graph.services) {
    const callees = new Set(callsOf(service.steps).flatMap(call => call.to))
    waiting.set(service.name, callees.size)
    for (const callee of callees) callers.set(callee, [...(callers.get(callee) ?? []), service])
  }
  const order = graph.services.filter(service => waiting.get(service.name) === 0)
  for (const service of order) {
    for (const caller of callers.get(service.name) ?? []) {
      const left = waiting.get(caller.name)! - 1
      waiting.set(caller.name, left)
      if (left === 0) order.push(caller)
    }
  }
  return order
}

function longestOf(steps: readonly Step[], known: ReadonlyMap<string, Outlook>): number {
  let sumMs = 0
  for (const step of steps) {
    if (step.type === 'work') sumMs += step.time.maxMs
    else if (step.type === 'call') sumMs += Math.max(...step.to.map(name => known.get(name)?.longestMs ?? 0))
    else if (step.type === 'parallel') sumMs += Math.max(0, ...step.branches.map(one => longestOf(one, known)))
  }
  return sumMs
}

function fails(steps: readonly Step[]): boolean {
  return steps.some(step => step.type === 'fail' || (step.type === 'parallel' && step.branches.some(fails)))
}
