import { deepFreeze } from './freeze.ts'
import type { Topology } from './topology.ts'

/** What a secret value reads as. */
export const REDACTED = '***'
const CHANGED = '*** (changed)'

/**
 * A copy in which every secret value reads `***`: for `/topology`, `--json` and result files. One that is another in `before`
 * reads `*** (changed)`, so that a comparison sees it.
 */
export function redact(topology: Topology, before?: Topology): Topology {
  const copy = structuredClone(topology)
  for (const pointer of topology.secrets) {
    const keys = pointer
      .split('/')
      .slice(1)
      .map(key => key.replaceAll('~1', '/').replaceAll('~0', '~'))
    const last = keys.at(-1)!
    const holder = valueAt(copy, keys.slice(0, -1)) as Record<string, unknown>
    const known = before && valueAt(before, keys)
    const isChanged = known !== undefined && JSON.stringify(known) !== JSON.stringify(holder[last])
    holder[last] = isChanged ? CHANGED : REDACTED
  }
  return deepFreeze(copy)
}

/** What lies at the end of some keys; `undefined` when there is nothing. */
function valueAt(root: unknown, keys: readonly string[]): unknown {
  return keys.reduce<unknown>((value, key) => (value as Record<string, unknown> | null | undefined)?.[key], root)
}
