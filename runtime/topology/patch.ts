import type { ImpliedLinks } from './called-names.ts'
import { didYouMean } from './did-you-mean.ts'
import { DEPTH_MAX, parseValue } from './parse.ts'
import { linksStep } from './patch-links.ts'
import { fits, miss, type Patch, type Run, type Segment, where } from './patch-run.ts'
import { tacticStep } from './patch-tactics.ts'
import type { Problems } from './problems.ts'
import { Source, type Span } from './source.ts'
import { type Entry, emptyMapping, type Mapping, type Sequence, type Tree, withEntry, withoutEntry } from './tree.ts'

/** Reads `path=value` of the `number`-th `--set`; `undefined` after a problem. */
export function parsePatch(
  text: string,
  number: number,
  problems: Problems,
): { patch: Patch | undefined; source: Source } {
  const source = new Source(`--set #${number}`, text)
  const equals = text.indexOf('=')
  const path = equals < 0 ? text : text.slice(0, equals)
  const span = { source, start: 0, end: path.length }
  if (equals < 0 || path.trim() !== path || path.split('.').includes('')) {
    const message = equals < 0 ? 'there is no "=" in it' : `"${path}" is not a path`
    problems.error('TOPOLOGY_SET_MALFORMED', span, '', message, 'write --set components.gateway.replicas=4')
    return { patch: undefined, source }
  }
  const value = parseValue(source, equals + 1, problems)
  return { patch: value ? makePatch(path, span, value) : undefined, source }
}

/** A patch from an entry of a variant. */
export function patchOf(path: string, entry: Entry): Patch {
  const { start, end, source } = entry.keySpan
  // A quoted key begins one place after its quote.
  const from = end - start > path.length ? start + 1 : start
  return makePatch(path, { source, start: from, end: from + path.length }, entry.value)
}

function makePatch(path: string, span: Span, value: Tree): Patch {
  const segments: Segment[] = []
  let start = span.start
  for (const text of path.split('.')) {
    segments.push({ text, span: { source: span.source, start, end: start + text.length }, matches: glob(text) })
    start += text.length + 1
  }
  const off = value.type === 'scalar' && value.plain && value.value === 'off'
  return { path, span, segments, value, off }
}

/** Whether a key is the text, in which a star stands for any characters; `null` for a text without one. */
function glob(text: string): ((key: string) => boolean) | null {
  if (!text.includes('*')) return null
  const [first = '', ...between] = text.split('*')
  const last = between.pop() ?? ''
  return key => {
    if (!key.startsWith(first)) return false
    let at = first.length
    // The first place where a part fits is as good as any later one.
    for (const part of between) {
      const found = key.indexOf(part, at)
      if (found < 0) return false
      at = found + part.length
    }
    return key.length - last.length >= at && key.endsWith(last)
  }
}

/**
 * The tree with a patch applied; a problem and the same tree when the path matches nothing. `implied` tells which links the
 * components have without an entry; without it only what is written can be patched.
 */
export function applyPatch(root: Tree, patch: Patch, problems: Problems, implied: ImpliedLinks = nothing): Tree {
  const forbidden = patch.segments.find(segment => segment.text === '__proto__')
  if (forbidden) {
    problems.error('TOPOLOGY_BAD_NAME', forbidden.span, patch.path, '"__proto__" cannot be used as a key')
    return root
  }
  if (patch.segments.length > DEPTH_MAX) {
    problems.error('TOPOLOGY_TOO_COMPLEX', patch.span, '', `a path has at most ${DEPTH_MAX} parts`)
    return root
  }
  const run: Run = { patch, implied, hits: 0, miss: null }
  let tree: Tree | undefined = root
  for (const segments of places(patch)) tree = tree && step(tree, [], segments, run)
  if (run.hits > 0 && tree) return tree
  const { span, message, hint } = run.miss
    ? { ...run.miss, span: run.miss.segment.span }
    : { span: patch.span, message: 'matches nothing', hint: '' }
  problems.error('TOPOLOGY_SET_NO_MATCH', span, patch.path, message, hint)
  return root
}

const nothing: ImpliedLinks = () => new Map()

/** `tactics.<name>` alone means that tactic wherever it stands. */
function places(patch: Patch): Segment[][] {
  const [first, name, ...rest] = patch.segments
  if (first?.text !== 'tactics' || !name) return [[...patch.segments]]
  const any: Segment = { text: '*', span: first.span, matches: () => true }
  const literal = (text: string): Segment => ({ text, span: first.span, matches: null })
  const matches = name.matches ?? ((key: string) => key === name.text)
  // The second of a name is addressed as `name#2`.
  const tactic: Segment = { ...name, matches: key => matches(key) || matches(key.replace(/#[0-9]+$/, '')) }
  const tail = [literal('tactics'), tactic, ...rest]
  const components = [literal('components'), any]
  return [
    [...components, ...tail],
    [...components, literal('links'), any, ...tail],
    [...components, literal('routes'), any, ...tail],
  ]
}

/** Walks one segment further. Returns the changed node; `trail` are the keys that led to it. */
function step(node: Tree, trail: readonly string[], segments: readonly Segment[], run: Run): Tree {
  const [segment, ...rest] = segments
  if (!segment) return node
  if (isLink(trail) && node.type !== 'mapping') {
    // The short form of a link: what is below its name is below the long form.
    const to: Entry = { keySpan: node.span, value: node }
    return step(withEntry(emptyMapping(node.span), 'to', to), trail, segments, run)
  }
  if (node.type === 'mapping') return mappingStep(node, trail, segment, rest, run)
  if (node.type === 'sequence') return sequenceStep(node, trail, segment, rest, run)
  miss(run, trail, segment, `${where(trail)} is a single value; nothing is below it`, '')
  return node
}

function mappingStep(
  node: Mapping,
  trail: readonly string[],
  segment: Segment,
  rest: readonly Segment[],
  run: Run,
): Tree {
  const { patch } = run
  const last = rest.length === 0
  const keys = [...node.entries.keys()].filter(key => fits(segment, key))
  let result: Mapping = node
  if (segment.text === 'tactics' && holdsTactics(trail) && !last) {
    const tactics = tacticStep(node.entries.get('tactics'), [...trail, 'tactics'], segment, rest, run, step)
    return tactics ? withEntry(node, 'tactics', tactics) : node
  }
  if (segment.text === 'links' && trail.length === 2 && trail[0] === 'components' && !last) {
    const changed = linksStep(node, trail, segment, rest, run, step)
    if (changed) return changed
  }
  for (const key of keys) {
    const entry = node.entries.get(key)!
    if (!last) result = withEntry(result, key, { ...entry, value: step(entry.value, [...trail, key], rest, run) })
    else if (patch.off) result = withoutEntry(result, key)
    else result = withEntry(result, key, { keySpan: segment.span, value: patch.value })
    if (last) run.hits++
  }
  if (keys.length > 0) return result
  if (!mayAdd(trail, segment, last, run)) {
    miss(
      run,
      trail,
      segment,
      `there is no "${segment.text}" in ${where(trail)}`,
      didYouMean(segment.text, [...node.entries.keys()], 'there is nothing in it'),
    )
    return node
  }
  if (last) {
    run.hits++
    return withEntry(node, segment.text, { keySpan: segment.span, value: patch.value })
  }
  const added = step(emptyMapping(segment.span), [...trail, segment.text], rest, run)
  return withEntry(node, segment.text, { keySpan: segment.span, value: added })
}

/** Whether a key that is not there may be added: a setting always, a new named thing only as a whole. */
function mayAdd(trail: readonly string[], segment: Segment, last: boolean, run: Run): boolean {
  if (segment.matches || run.patch.off) return false
  if (trail[0] !== 'components')
    return last ? trail.length !== 1 || run.patch.value.type === 'mapping' : trail.length > 1
  if (trail.length === 1) return last && run.patch.value.type === 'mapping'
  if (last) return true
  const named = trail.length === 2 && (segment.text === 'links' || segment.text === 'routes')
  return !named && !(trail.length === 3 && trail[2] === 'links')
}

function sequenceStep(
  node: Sequence,
  trail: readonly string[],
  segment: Segment,
  rest: readonly Segment[],
  run: Run,
): Tree {
  const { patch } = run
  const items: Tree[] = []
  let matched = false
  for (const [index, item] of node.items.entries()) {
    if (!fits(segment, String(index))) {
      items.push(item)
      continue
    }
    matched = true
    if (rest.length > 0) items.push(step(item, [...trail, String(index)], rest, run))
    else {
      run.hits++
      if (!patch.off) items.push(patch.value)
    }
  }
  if (matched) return { ...node, items }
  const range = node.items.length === 0 ? 'it is empty' : `write an index from 0 to ${node.items.length - 1}`
  miss(run, trail, segment, `there is no "${segment.text}" in the list ${where(trail)}`, range)
  return node
}

function isLink(trail: readonly string[]): boolean {
  return trail.length === 4 && trail[0] === 'components' && trail[2] === 'links'
}

function holdsTactics(trail: readonly string[]): boolean {
  if (trail[0] !== 'components') return false
  return trail.length === 2 || (trail.length === 4 && (trail[2] === 'links' || trail[2] === 'routes'))
}
