import { misfits } from '../shape.ts'
import { type Mapping, toPlain } from '../tree.ts'
import { reportMisfit } from './misfit-problems.ts'
import { retypeBlock } from './retype.ts'
import type { Resolution, SettingsRequest } from './scope.ts'
import { maskSecrets } from './secrets.ts'
import { checkUnits } from './unit-check.ts'

export interface CheckedSettings {
  /** The block, with what came from variables read as the type that the setting has. */
  node: Mapping
  /** Top-level names whose value is wrong or missing; nothing may be concluded from them. */
  bad: ReadonlySet<string>
}

/** Checks a block's shape and units, and reports every problem. */
export function checkSettings(scope: Resolution, request: SettingsRequest): CheckedSettings {
  const node = retypeBlock(request.table, request.node)
  const bad = new Set<string>()
  maskSecrets(request.table, node)
  for (const misfit of misfits(request.table, toPlain(node) as Record<string, unknown>)) {
    const first = reportMisfit(scope.problems, { ...request, node }, misfit)
    if (first !== undefined) bad.add(first)
  }
  for (const [name, one] of Object.entries(request.table)) {
    const entry = node.entries.get(name)
    if (!entry || bad.has(name)) continue
    if (!checkUnits(scope.problems, one, entry.value, `${request.path}.${name}`, entry.keySpan)) bad.add(name)
  }
  return { node, bad }
}
