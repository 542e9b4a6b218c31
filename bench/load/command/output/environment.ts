import { createHash } from 'node:crypto'
import { redact, type Topology } from '@archlab/runtime/topology'
import { environment } from '../../../support/results.ts'
import type { LoadEnvironment } from '../../result.ts'

/** Machine, code and topology of a run. */
export function environmentOf(topology: Topology | null): LoadEnvironment {
  const { commit, node, cpu, cores, system } = environment()
  return { commit, node, cpu, cores, platform: system, topologyHash: topology && topologyHash(topology) }
}

/** The same for the same system: wherever its file lies, and whatever its secrets, seed and workloads are. */
export function topologyHash(topology: Topology): string {
  const { name, threads, components } = redact(topology)
  return createHash('sha256').update(JSON.stringify({ name, threads, components })).digest('hex')
}
