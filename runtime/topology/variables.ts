import type { Problems } from './problems.ts'
import type { Scalar, Tree } from './tree.ts'

/** Where `${VARIABLE}` gets its value from. */
export type Environment = Readonly<Record<string, string | undefined>>

/** `$${` (a literal `${`), `${NAME}`, `${NAME:-default}`, or a `${` that is none of these. */
const VARIABLE = /\$\$\{|\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}|\$\{/g
const BEGINNING = /\$?\$\{/g

/**
 * Puts the environment into every string value: `${NAME}`, or `${NAME:-default}` when NAME is unset or empty. `$${`
 * stands for a literal `${`. Keys are left alone, and so is everything below `x-` keys at the top.
 */
export function substitute(root: Tree, environment: Environment, problems: Problems): Tree {
  const done = new Map<Tree, Tree>()
  const walk = (tree: Tree, path: string): Tree => {
    const known = done.get(tree)
    if (known) return known
    const result = substituteOne(tree, path)
    done.set(tree, result)
    return result
  }
  const substituteOne = (tree: Tree, path: string): Tree => {
    if (tree.type === 'scalar') return typeof tree.value === 'string' ? fill(tree, tree.value, path) : tree
    const below = (key: string | number): string => (path === '' ? String(key) : `${path}.${key}`)
    if (tree.type === 'sequence') {
      const items = tree.items.map((item, index) => walk(item, below(index)))
      return items.every((item, index) => item === tree.items[index]) ? tree : { ...tree, items }
    }
    let changed = false
    const entries = new Map(tree.entries)
    for (const [key, entry] of tree.entries) {
      if (path === '' && key.startsWith('x-')) continue
      const value = walk(entry.value, below(key))
      if (value === entry.value) continue
      changed = true
      entries.set(key, { ...entry, value })
    }
    return changed ? { ...tree, entries } : tree
  }
  const fill = (scalar: Scalar, text: string, path: string): Scalar => {
    if (!text.includes('${')) return scalar
    let taken = false
    const put = (found: string, name: string | undefined, fallback: string | undefined): string => {
      if (found === '$${') return '${'
      if (name === undefined) {
        malformed(scalar, path, problems)
        return found
      }
      taken = true
      const given = Object.hasOwn(environment, name) ? environment[name] : undefined
      if (given !== undefined && (given !== '' || fallback === undefined)) return given
      if (fallback === undefined) unset(scalar, name, path, problems)
      return fallback ?? ''
    }
    // Behind the last brace no variable ends: looking for one there, again and again, would take long.
    const end = text.lastIndexOf('}') + 1
    const rest = text.slice(end).replace(BEGINNING, found => put(found, undefined, undefined))
    const value = text.slice(0, end).replace(VARIABLE, put) + rest
    return { ...scalar, value, ...(taken ? { template: text } : {}) }
  }
  return walk(root, '')
}

function unset(scalar: Scalar, name: string, path: string, problems: Problems): void {
  const hint = `set it in the environment, or write a default: \${${name}:-value}`
  problems.broken('TOPOLOGY_VARIABLE_UNSET', scalar.span, path, `the environment variable ${name} is not set`, hint)
}

function malformed(scalar: Scalar, path: string, problems: Problems): void {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the form that users write
  const hint = 'write ${NAME} or ${NAME:-default}; $${ stands for a literal ${'
  problems.broken('TOPOLOGY_VARIABLE_MALFORMED', scalar.span, path, '"${" does not begin a variable here', hint)
}
