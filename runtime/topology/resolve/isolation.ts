import type { Problems } from '../problems.ts'
import type { ComponentSpec, LinkSpec, TacticSpec } from '../topology.ts'
import type { Edge } from './links.ts'

/** Reports every link that is to be a channel and leads from one process to another: message ports do not. */
export function checkIsolation(problems: Problems, specs: readonly ComponentSpec[], edges: readonly Edge[]): void {
  const processes = new Map(specs.map(({ name, isolation }) => [name, isolation === 'process' ? name : '']))
  for (const spec of specs) {
    for (const { address, to, transport } of allLinks(spec)) {
      const across = to.find(name => processes.has(name) && processes.get(name) !== processes.get(spec.name))
      if (transport !== 'channel' || across === undefined) continue
      const own = edges.filter(edge => edge.from === spec.name && edge.to === across)
      const edge = own.find(({ path }) => path.startsWith(address)) ?? own[0]
      if (!edge) continue
      const message = `a channel does not lead from one process to another, and "${spec.name}" and "${across}" are in two`
      const hint = 'write transport: auto, or http; or leave isolation: process out'
      problems.error('TOPOLOGY_SETTINGS_CONFLICT', edge.span, edge.path, message, hint)
    }
  }
}

/** Every link of a component, those of tactics included, at any depth. */
function allLinks(spec: ComponentSpec): LinkSpec[] {
  const ofTactic = (tactic: TacticSpec): LinkSpec[] => tactic.links.flatMap(withInner)
  const withInner = (link: LinkSpec): LinkSpec[] => [link, ...link.tactics.flatMap(ofTactic)]
  return [...spec.links.flatMap(withInner), ...spec.tactics.flatMap(ofTactic)]
}
