import type { ComponentSpec, LinkSpec, TacticSpec, Topology } from '../topology/topology.ts'

/** Components that a component calls, over links, routes, and tactics that name one. */
export function calleesOf(component: ComponentSpec): string[] {
  const callees = new Set<string>()
  const visitTactic = (tactic: TacticSpec): void => tactic.links.forEach(visitLink)
  const visitLink = (link: LinkSpec): void => {
    for (const name of link.to) callees.add(name)
    link.tactics.forEach(visitTactic)
  }
  component.links.forEach(visitLink)
  component.tactics.forEach(visitTactic)
  return [...callees]
}

/** The order of starting: a component stands one level above the highest of those it calls. Links have no cycles. */
export function levelsOf(topology: Topology): string[][] {
  const height = new Map<string, number>()
  const heightOf = (name: string): number => {
    const known = height.get(name)
    if (known !== undefined) return known
    const component = topology.components[name]!
    const own = 1 + Math.max(-1, ...calleesOf(component).map(heightOf))
    height.set(name, own)
    return own
  }
  const levels: string[][] = []
  for (const name of Object.keys(topology.components)) {
    const level = heightOf(name)
    levels[level] ??= []
    levels[level].push(name)
  }
  return levels
}
