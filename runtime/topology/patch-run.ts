import type { ImpliedLinks } from './called-names.ts'
import type { Span } from './source.ts'
import type { Tree } from './tree.ts'

/**
 * A change of a topology: `components.gateway.replicas` = 4. The path's segments are keys, indexes of a list, or names
 * of tactics; `*` stands for any characters within a segment. The plain word `off` as value removes.
 */
export interface Patch {
  readonly path: string
  readonly span: Span
  readonly segments: readonly Segment[]
  readonly value: Tree
  readonly off: boolean
}

export interface Segment {
  readonly text: string
  readonly span: Span
  /** For a segment with `*`, and for a tactic that is meant wherever it stands. */
  readonly matches: ((key: string) => boolean) | null
}

/** What one application of a patch has found out so far. */
export interface Run {
  readonly patch: Patch
  readonly implied: ImpliedLinks
  hits: number
  /** The deepest segment that matched nothing, and what is there instead. */
  miss: { depth: number; segment: Segment; message: string; hint: string } | null
}

/** Walks one segment further from a node that `trail` led to; returns the changed node. */
export type Step = (node: Tree, trail: readonly string[], segments: readonly Segment[], run: Run) => Tree

/** True when the segment means this key. */
export function fits(segment: Segment, key: string): boolean {
  return segment.matches ? segment.matches(key) : segment.text === key
}

/** Remembers the deepest place where a path went astray. */
export function miss(run: Run, trail: readonly string[], segment: Segment, message: string, hint: string): void {
  const depth = trail.length
  if (!run.miss || depth >= run.miss.depth) run.miss = { depth, segment, message, hint }
}

/** A trail for a message. */
export function where(trail: readonly string[]): string {
  return trail.length === 0 ? 'the topology' : trail.join('.')
}
