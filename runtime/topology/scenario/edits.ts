import type { ImpliedLinks } from '../called-names.ts'
import { applyPatch, patchOf } from '../patch.ts'
import { Problems } from '../problems.ts'
import type { Variant } from '../resolve/measurement.ts'
import { child, type Mapping, type Tree } from '../tree.ts'

/** The topology after each `edit` of an environment, one after the other. Patches that fail are told elsewhere. */
export function editsOf(root: Mapping, implied: ImpliedLinks): Variant[] {
  const scenarios = child(root, 'scenarios')
  if (scenarios?.type !== 'mapping') return []
  return [...scenarios.entries].flatMap(([name, { value }]) => {
    const events = child(value, 'environment')
    if (events?.type !== 'sequence') return []
    let tree: Tree = root
    return events.items.flatMap((event, index) => {
      const edit = child(event, 'edit')
      if (edit?.type !== 'mapping') return []
      for (const [path, entry] of edit.entries) tree = applyPatch(tree, patchOf(path, entry), new Problems(), implied)
      return [{ path: `scenarios.${name}.environment.${index}`, tree }]
    })
  })
}
