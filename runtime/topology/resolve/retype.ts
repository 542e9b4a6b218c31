import type { Setting, Settings } from '../../kit/index.ts'
import type { AnySetting } from '../common-settings.ts'
import type { Mapping, Scalar, Tree } from '../tree.ts'

/** What came from a variable is text; a setting that wants a number or yes/no gets it as such, when it reads as one. */
export function retypeBlock(table: Settings, node: Mapping): Mapping {
  let changed = false
  const entries = new Map(node.entries)
  for (const [name, one] of Object.entries(table)) {
    const entry = node.entries.get(name)
    if (!entry) continue
    const value = retype(one, entry.value)
    if (value === entry.value) continue
    changed = true
    entries.set(name, { ...entry, value })
  }
  return changed ? { ...node, entries } : node
}

function retype(one: AnySetting, node: Tree): Tree {
  const type = one['x-archlab']
  if (type === 'list' && node.type === 'sequence') {
    return { ...node, items: node.items.map(item => retype(one.items as Setting, item)) }
  }
  if (type === 'group' && node.type === 'mapping') return retypeBlock(one.properties as Settings, node)
  if (node.type !== 'scalar' || node.template === undefined) return node
  return { ...node, value: readAs(one, String(node.value)) }
}

function readAs(one: AnySetting, text: string): Scalar['value'] {
  const type = one['x-archlab']
  if (type === 'flag' && (text === 'true' || text === 'false')) return text === 'true'
  if ((type === 'integer' || type === 'number') && /^[+-]?[0-9]+(\.[0-9]+)?$/.test(text)) return Number(text)
  const choices = (one as { enum?: readonly (string | number)[] }).enum
  return choices?.find(choice => String(choice) === text) ?? text
}
