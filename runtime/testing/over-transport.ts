import type { LinkSpec, TacticSpec, Topology } from '../topology/topology.ts'

/** Changes every link of a topology, those of its tactics included; for `startLab`'s `mapTopology`. */
export function everyLink(change: (link: LinkSpec) => LinkSpec): (topology: Topology) => Topology {
  const ofTactic = (tactic: TacticSpec): TacticSpec => ({ ...tactic, links: tactic.links.map(ofLink) })
  const ofLink = (link: LinkSpec): LinkSpec => change({ ...link, tactics: link.tactics.map(ofTactic) })
  return topology => ({
    ...topology,
    components: Object.fromEntries(
      Object.entries(topology.components).map(([name, component]) => [
        name,
        { ...component, links: component.links.map(ofLink), tactics: component.tactics.map(ofTactic) },
      ]),
    ),
  })
}

/** Moves every link of a topology to one transport. */
export function overTransport(transport: 'channel' | 'http'): (topology: Topology) => Topology {
  return everyLink(link => ({ ...link, transport }))
}
