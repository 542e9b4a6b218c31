/** A value that differs; `undefined` where it is not there. */
export interface Difference {
  /** Keys from the root, with dots; an entry of a list by its name or address where it has one, else by its index. */
  readonly path: string
  readonly before: unknown
  readonly after: unknown
}

/** Where two JSON values differ, as deep as possible, in the order of their keys. */
export function differences(before: unknown, after: unknown, path = ''): Difference[] {
  const left = childrenOf(before)
  const right = childrenOf(after)
  if (!left || !right || Array.isArray(before) !== Array.isArray(after))
    return sameText(before, after) ? [] : [{ path, before, after }]
  const keys = new Set([...left.keys(), ...right.keys()])
  const found = [...keys].flatMap(key =>
    differences(left.get(key), right.get(key), path === '' ? key : `${path}.${key}`),
  )
  const order = (children: ReadonlyMap<string, unknown>): string =>
    [...children.keys()].filter(key => left.has(key) && right.has(key)).join('\n')
  const isMoved = Array.isArray(before) && order(left) !== order(right)
  return isMoved ? [...found, { path, before: [...left.keys()], after: [...right.keys()] }] : found
}

/** The parts of a mapping or list by key; `undefined` for a plain value. */
function childrenOf(value: unknown): Map<string, unknown> | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  if (!Array.isArray(value)) return new Map(Object.entries(value))
  const children = new Map<string, unknown>()
  for (const [index, one] of value.entries()) {
    const name = nameOf(one, index)
    const before = [...children.keys()].filter(key => key === name || key.startsWith(`${name}#`)).length
    children.set(before === 0 ? name : `${name}#${before + 1}`, one)
  }
  return children
}

function nameOf(value: unknown, index: number): string {
  const { name } = (value ?? {}) as { name?: unknown }
  return typeof name === 'string' ? name : String(index)
}

const sameText = (left: unknown, right: unknown): boolean => JSON.stringify(left) === JSON.stringify(right)
