import type { Span } from './source.ts'

/** YAML as plain nodes that remember where they were written, also through aliases, merges and patches. Immutable. */
export type Tree = Scalar | Mapping | Sequence

export interface Scalar {
  readonly type: 'scalar'
  readonly value: string | number | boolean | null
  /** Written without quotes. */
  readonly plain: boolean
  /** The text as written, when a `${VARIABLE}` was put in; such a value is never shown. */
  readonly template?: string
  readonly span: Span
}

export interface Mapping {
  readonly type: 'mapping'
  readonly entries: ReadonlyMap<string, Entry>
  readonly span: Span
}

export interface Entry {
  readonly keySpan: Span
  readonly value: Tree
}

export interface Sequence {
  readonly type: 'sequence'
  readonly items: readonly Tree[]
  readonly span: Span
}

/** The value as JSON-like data. */
export function toPlain(tree: Tree): unknown {
  if (tree.type === 'scalar') return tree.value
  if (tree.type === 'sequence') return tree.items.map(toPlain)
  const plain: Record<string, unknown> = {}
  for (const [key, entry] of tree.entries) plain[key] = toPlain(entry.value)
  return plain
}

/** The value of a key, or `undefined` when the tree is no mapping or has no such key. */
export function child(tree: Tree | undefined, key: string): Tree | undefined {
  return tree?.type === 'mapping' ? tree.entries.get(key)?.value : undefined
}

/** The keys of a mapping; none for anything else. */
export function keysOf(tree: Tree | undefined): string[] {
  return tree?.type === 'mapping' ? [...tree.entries.keys()] : []
}

/** What lies at a path, and the best place to point at: the value, else the nearest key or ancestor that exists. */
export function locate(
  root: Tree,
  path: readonly (string | number)[],
  fallback: Span,
): { node: Tree | undefined; span: Span; keySpan: Span } {
  let node: Tree | undefined = root
  let span = fallback
  let keySpan = fallback
  for (const step of path) {
    if (node?.type === 'mapping') {
      const entry: Entry | undefined = node.entries.get(String(step))
      if (!entry) return { node: undefined, span, keySpan }
      node = entry.value
      keySpan = entry.keySpan
      span = isEmpty(node) ? keySpan : node.span
    } else if (node?.type === 'sequence') {
      const item: Tree | undefined = node.items[Number(step)]
      if (!item) return { node: undefined, span, keySpan }
      node = item
      span = node.span
      keySpan = node.span
    } else return { node: undefined, span, keySpan }
  }
  return { node, span, keySpan }
}

/** Where to point for an entry's value: its key when the value is left out. */
export function valueSpan(entry: Entry): Span {
  return isEmpty(entry.value) ? entry.keySpan : entry.value.span
}

function isEmpty(node: Tree): boolean {
  return node.span.end <= node.span.start
}

/** A mapping with one key set (at its old place when it was there). */
export function withEntry(mapping: Mapping, key: string, entry: Entry): Mapping {
  const entries = new Map(mapping.entries)
  entries.set(key, entry)
  return { ...mapping, entries }
}

/** A mapping without one key. */
export function withoutEntry(mapping: Mapping, key: string): Mapping {
  const entries = new Map(mapping.entries)
  entries.delete(key)
  return { ...mapping, entries }
}

/** A mapping with no entries, written at `span`. */
export function emptyMapping(span: Span): Mapping {
  return { type: 'mapping', entries: new Map(), span }
}

/** A value for a message: what kind of thing it is, and the value itself unless it is secret. */
export function describe(tree: Tree | undefined): string {
  if (!tree) return 'nothing'
  if (tree.type === 'mapping') return 'a mapping'
  if (tree.type === 'sequence') return 'a list'
  if (tree.template !== undefined) return `what "${shorten(tree.template)}" holds`
  if (tree.value === null) return 'nothing'
  return typeof tree.value === 'string' ? `the text "${shorten(tree.value)}"` : String(tree.value)
}

/** A scalar in quotes, for a message; of a `${VARIABLE}` only the template. */
export function quoted(tree: Scalar): string {
  return `"${shorten(tree.template ?? String(tree.value))}"`
}

function shorten(text: string): string {
  return text.length > 60 ? `${text.slice(0, 57)}...` : text
}
