import type { Topology } from '@archlab/runtime/topology'

/** What of a topology a simulation leaves out, a sentence each. */
export function notSimulated({ components }: Topology): string[] {
  const all = Object.values(components)
  const told: string[] = []
  if (all.some(({ listen }) => listen)) told.push('the network: TCP and HTTP take no time beside the hop time')
  if (all.some(({ resources }) => resources.limits.memoryBytes !== null)) told.push('limits of memory')
  return told
}
