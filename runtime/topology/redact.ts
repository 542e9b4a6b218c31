import { deepFreeze } from './freeze.ts'
import type { Topology } from './topology.ts'

/** What a secret value reads as. */
export const REDACTED = '***'

/** A copy in which every secret value reads `***`: for `/topology`, `--json` and result files. */
export function redact(topology: Topology): Topology {
  const copy = structuredClone(topology)
  for (const pointer of topology.secrets) {
    const keys = pointer
      .split('/')
      .slice(1)
      .map(key => key.replaceAll('~1', '/').replaceAll('~0', '~'))
    const last = keys.pop()!
    let holder = copy as unknown as Record<string, unknown>
    for (const key of keys) holder = holder[key] as Record<string, unknown>
    holder[last] = REDACTED
  }
  return deepFreeze(copy)
}
