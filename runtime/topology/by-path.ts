import { POLICIES } from '../balancing/catalog.ts'
import { decodeSettings } from '../kit/index.ts'
import type { PolicySpec } from './topology.ts'

/** Whether a policy, with its settings, sends calls of the same path to the same target. */
export function sendsByPath({ name, settings }: PolicySpec): boolean {
  const policy = POLICIES[name]
  return policy?.byPath?.(decodeSettings(policy.settings, settings)) ?? false
}
