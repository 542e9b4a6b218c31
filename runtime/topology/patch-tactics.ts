import { didYouMean } from './did-you-mean.ts'
import { fits, miss, type Run, type Segment, type Step, where } from './patch-run.ts'
import { type Entry, emptyMapping, type Mapping, type Tree, withEntry } from './tree.ts'

/** A tactic of a list under the name it is addressed by: `rate-limit`, and `rate-limit#2` for the second one. */
interface Addressed {
  name: string
  address: string
  item: Tree
}

/**
 * A step into a list of tactics, by name. A tactic that is not there is added at the end (innermost) when its settings
 * are given as a whole, and the list with it. Returns the list's entry, or `undefined` when there is none and none is made.
 */
export function tacticStep(
  entry: Entry | undefined,
  trail: readonly string[],
  listSegment: Segment,
  [segment, ...rest]: readonly Segment[],
  run: Run,
  step: Step,
): Entry | undefined {
  if (!segment) return entry
  const { patch } = run
  if (entry && entry.value.type !== 'sequence') {
    miss(run, trail, segment, `${where(trail)} is not a list`, '')
    return entry
  }
  const items = entry?.value.type === 'sequence' ? entry.value.items : []
  const tactics = addressed(items)
  const found = tactics.some(tactic => fits(segment, tactic.address))
  if (!found && rest.length === 0 && !patch.off && !segment.matches) {
    run.hits++
    return listOf(entry, listSegment, [...items, tacticItem(segment.text, segment, patch.value)])
  }
  if (!found) {
    const names = tactics.map(tactic => tactic.address)
    const add = patch.off || segment.matches ? '' : `; to add it: ${where(trail)}.${segment.text}={ ... }`
    const hint = `${didYouMean(segment.text, names, 'it has no tactics')}${add}`
    miss(run, trail, segment, `there is no tactic "${segment.text}" at ${where(trail.slice(0, -1))}`, hint)
    return entry
  }
  const changed = tactics.flatMap(tactic => {
    if (!fits(segment, tactic.address)) return [tactic.item]
    if (rest.length > 0) return [inside(tactic, trail, segment, rest, run, step)]
    run.hits++
    return patch.off ? [] : [tacticItem(tactic.name, segment, patch.value)]
  })
  return listOf(entry, listSegment, changed)
}

function addressed(items: readonly Tree[]): Addressed[] {
  const taken = new Map<string, number>()
  return items.map(item => {
    const name = nameOf(item)
    const nth = (taken.get(name) ?? 0) + 1
    taken.set(name, nth)
    return { name, address: nth === 1 ? name : `${name}#${nth}`, item }
  })
}

function nameOf(item: Tree): string {
  if (item.type === 'scalar') return String(item.value)
  const [first] = item.type === 'mapping' ? item.entries.keys() : []
  return first ?? ''
}

/** Changes something in the settings of a tactic. */
function inside(
  tactic: Addressed,
  trail: readonly string[],
  segment: Segment,
  rest: readonly Segment[],
  run: Run,
  step: Step,
): Tree {
  const { item, name } = tactic
  const entry = item.type === 'mapping' ? item.entries.get(name) : undefined
  const empty = entry === undefined || (entry.value.type === 'scalar' && entry.value.value === null)
  const settings = empty ? emptyMapping(item.span) : entry.value
  const value = step(settings, [...trail, segment.text], rest, run)
  const keySpan = entry?.keySpan ?? item.span
  const holder: Mapping = item.type === 'mapping' ? item : emptyMapping(item.span)
  return withEntry(holder, name, { keySpan, value })
}

function tacticItem(name: string, segment: Segment, value: Tree): Mapping {
  return withEntry(emptyMapping(segment.span), name, { keySpan: segment.span, value })
}

function listOf(entry: Entry | undefined, segment: Segment, items: readonly Tree[]): Entry {
  const span = entry?.value.span ?? segment.span
  return { keySpan: entry?.keySpan ?? segment.span, value: { type: 'sequence', items, span } }
}
