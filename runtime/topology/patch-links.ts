import { fits, miss, type Run, type Segment, type Step } from './patch-run.ts'
import { type Entry, emptyMapping, type Mapping, type Scalar, type Tree, withEntry, withoutEntry } from './tree.ts'

/**
 * A step into `links:` of a component whose settings call components without an entry there. Such a link can be patched as
 * if it were written (`name: name`); the entry is made only when the patch changes something in it. Returns `undefined` when
 * there is no such link.
 */
export function linksStep(
  component: Mapping,
  trail: readonly string[],
  listSegment: Segment,
  rest: readonly Segment[],
  run: Run,
  step: Step,
): Mapping | undefined {
  const implied = run.implied(component)
  if (implied.size === 0) return undefined
  const entry = component.entries.get('links')
  if (entry && entry.value.type !== 'mapping') return undefined
  const written: Mapping = entry?.value.type === 'mapping' ? entry.value : emptyMapping(listSegment.span)
  const [name] = rest
  if (rest.length === 1 && run.patch.off) return removed(component, { trail, entry, written, implied }, rest, run, step)
  let whole = written
  for (const [one, value] of implied) whole = withEntry(whole, one, { keySpan: value.span, value })
  const before = run.hits
  const stepped = step(whole, [...trail, 'links'], rest, run)
  if (run.hits === before || stepped.type !== 'mapping' || !name) return component
  return withEntry(component, 'links', {
    keySpan: entry?.keySpan ?? listSegment.span,
    value: trimmed(stepped, implied),
  })
}

/** `off` takes a written link away; one that is there because it is called cannot go while it is called. */
function removed(
  component: Mapping,
  links: { trail: readonly string[]; entry: Entry | undefined; written: Mapping; implied: ReadonlyMap<string, Scalar> },
  rest: readonly Segment[],
  run: Run,
  step: Step,
): Mapping {
  const { trail, entry, written, implied } = links
  const [name] = rest
  const below = [...trail, 'links']
  const called = [...implied.keys()].find(one => name && fits(name, one))
  const before = run.hits
  const value = step(written, below, rest, run)
  if (run.hits > before && entry) return withEntry(component, 'links', { ...entry, value })
  if (name && called !== undefined) {
    const message = `"${called}" is a link because ${trail.join('.')} calls it`
    miss(run, below, name, message, 'change what calls it')
  }
  return component
}

/** Without the links that nothing has changed: they follow from the calls, also from those that a later patch removes. */
function trimmed(links: Mapping, implied: ReadonlyMap<string, Scalar>): Mapping {
  let result = links
  for (const [name, value] of implied) {
    const now = links.entries.get(name)?.value
    if (now === value || (now !== undefined && holdsOnly(now, value))) result = withoutEntry(result, name)
  }
  return result
}

/** True for the long form of a link that says no more than the short one. */
function holdsOnly(link: Tree, target: Scalar): boolean {
  return link.type === 'mapping' && link.entries.size === 1 && link.entries.get('to')?.value === target
}
