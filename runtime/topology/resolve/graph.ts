import type { Problems } from '../problems.ts'
import type { Edge } from './links.ts'

/** Reports every cycle of links, at a link that closes it. */
export function checkCycles(problems: Problems, names: readonly string[], edges: readonly Edge[]): void {
  const outgoing = new Map<string, Edge[]>(names.map(name => [name, []]))
  for (const edge of edges) outgoing.get(edge.from)?.push(edge)
  const finished = new Set<string>()
  for (const start of names) {
    // Depth first, with a stack of its own: a long chain must not be limited by the call stack.
    const trail: string[] = []
    const pending: { name: string; next: number }[] = finished.has(start) ? [] : [{ name: start, next: 0 }]
    while (pending.length > 0) {
      const top = pending.at(-1)!
      if (top.next === 0) trail.push(top.name)
      const edge = outgoing.get(top.name)?.[top.next++]
      if (!edge) {
        finished.add(top.name)
        trail.pop()
        pending.pop()
      } else if (trail.includes(edge.to)) reportCycle(problems, trail, edge)
      else if (!finished.has(edge.to)) pending.push({ name: edge.to, next: 0 })
    }
  }
}

function reportCycle(problems: Problems, trail: readonly string[], edge: Edge): void {
  const cycle = [...trail.slice(trail.indexOf(edge.to)), edge.to].join(' → ')
  const self = edge.from === edge.to
  const message = self ? `a component cannot call itself: ${cycle}` : `links make a cycle: ${cycle}`
  const hint = self ? undefined : 'requests would go round for ever; remove one of these links'
  problems.error('TOPOLOGY_LINK_CYCLE', edge.span, edge.path, message, hint)
}
