import type { ComponentSpec, Topology } from '../../topology/topology.ts'

/** The topology with another number of replicas of a component that the lab scales; the same one when it does not. */
export function withReplicas(topology: Topology, component: string, replicas: number): Topology {
  const spec = topology.components[component]
  if (!spec?.autoscaling) return topology
  return { ...topology, components: { ...topology.components, [component]: within({ ...spec, replicas }) } }
}

/** The topology that a lab is to become, where what it scales has as many replicas as run, within the bounds as they are now. */
export function withReplicasOf(running: Topology, next: Topology): Topology {
  const kept = Object.entries(next.components).map(([name, spec]) => {
    const { replicas } = running.components[name] ?? spec
    return [name, within({ ...spec, replicas: spec.autoscaling ? replicas : spec.replicas })] as const
  })
  return { ...next, components: Object.fromEntries(kept) }
}

function within(spec: ComponentSpec): ComponentSpec {
  if (!spec.autoscaling) return spec
  const { min, max } = spec.autoscaling
  return { ...spec, replicas: Math.min(max, Math.max(min, spec.replicas)) }
}
