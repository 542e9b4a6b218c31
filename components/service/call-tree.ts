import { headerList, type Reply } from '@archlab/runtime/kit'

/** Carries the executed call tree of a traced request to whoever asked. */
export const CALL_TREE_FIELD = 'x-archlab-call-tree'
/** Longest value of the field. */
export const CALL_TREE_BYTES_MAX = 12_288
/** Header sections that common clients take (Node.js, nginx and curl at least so much). */
const SECTION_BYTES_MAX = 16_384
/** Left for all fields but the tree and `Server-Timing`. */
const OTHER_BYTES = 1536
/** A tree without its steps always gets so much. */
const CALL_TREE_BYTES_MIN = 512

/** Room for the tree in a header section that already has so many bytes of `Server-Timing`, one entry for each hop. */
export function roomForTree(timings: readonly string[]): number {
  const taken = timings.reduce((sum, entry) => sum + entry.length + 2, OTHER_BYTES)
  return Math.min(CALL_TREE_BYTES_MAX, Math.max(CALL_TREE_BYTES_MIN, SECTION_BYTES_MAX - taken))
}

/** What a service did for one request. Times are milliseconds, `startMs` from when this service began with the request. */
export interface CallTree {
  /** The replica. */
  readonly service: string
  /** The match of the endpoint, `/*` for a script that takes everything. */
  readonly endpoint: string
  readonly status: number
  readonly durationMs: number
  /** The executed steps; left out where the tree was cut. */
  readonly steps?: readonly Entry[]
  /** Steps are missing: the whole would not have fitted into the field. */
  readonly cut?: true
}

/** One step as it went. */
export type Entry = WorkEntry | CallEntry | GroupEntry | EndEntry | SkippedEntry

interface Timed {
  startMs: number
  durationMs?: number
}

export interface WorkEntry extends Timed {
  readonly work: string
  /** As drawn. */
  readonly demandMs: number
}

export interface CallEntry extends Timed {
  readonly call: string
  readonly request: string
  status?: number
  /** The reply came from a cache. */
  cached?: true
  /** What the called service did, when it is one. */
  tree?: CallTree
}

export interface GroupEntry extends Timed {
  readonly parallel: readonly (readonly Entry[])[]
}

/** The step that ended the script, with the status it gave. */
export interface EndEntry {
  readonly end: 'fail' | 'respond'
  readonly status: number
  readonly startMs: number
}

/** A step that its chance left out. */
export interface SkippedEntry {
  readonly skipped: string
}

/** The tree that came with a reply; `undefined` when it brought none, or one that nobody can read. */
export function treeOf(reply: Reply): CallTree | undefined {
  const text = reply.header(CALL_TREE_FIELD)
  if (text === undefined || text.length > CALL_TREE_BYTES_MAX) return undefined
  try {
    const tree: unknown = JSON.parse(text)
    return typeof tree === 'object' && tree !== null && 'service' in tree ? (tree as CallTree) : undefined
  } catch {
    return undefined
  }
}

const QUOTED = /"(?:[^"\\]|\\.)*"/g
const HIT = /;[ \t]*hit[ \t]*(?:=[ \t]*\?1[ \t]*)?(?:[;,]|$)/

/** True when a cache on the way answered (`Cache-Status: ...; hit`, RFC 9211 §2.1): nothing was executed behind it. */
export function isCached(reply: Reply): boolean {
  const status = headerList(reply.headers, 'cache-status')
  return status !== undefined && HIT.test(status.replace(QUOTED, '""'))
}

/** The tree as the field's value: JSON in ASCII, at most `room` characters long, the deepest parts cut first. */
export function treeText(tree: CallTree, room = CALL_TREE_BYTES_MAX): string {
  const whole = asciiJson(tree)
  if (whole.length <= room) return whole
  for (let levels = heightOf(tree) - 1; levels >= 1; levels--) {
    const text = asciiJson(cutBelow(tree, levels))
    if (text.length <= room) return text
  }
  return asciiJson(shortened(cutBelow(tree, 1), room))
}

function asciiJson(value: unknown): string {
  return JSON.stringify(value).replace(/[\x7f-\uffff]/g, one => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

/** How many services stand below one another, this one included. */
function heightOf({ steps = [] }: CallTree): number {
  return 1 + heightBelow(steps)
}

function heightBelow(steps: readonly Entry[]): number {
  return steps.reduce((height, step) => {
    if ('parallel' in step) return Math.max(height, ...step.parallel.map(heightBelow))
    return 'tree' in step && step.tree ? Math.max(height, heightOf(step.tree)) : height
  }, 0)
}

/** The steps of so many levels of services; of those below only what they are. */
function cutBelow(tree: CallTree, levels: number): CallTree {
  const { steps, ...head } = tree
  if (!steps || steps.length === 0) return tree
  return levels === 0 ? { ...head, cut: true } : { ...head, steps: stepsCut(steps, levels - 1) }
}

function stepsCut(steps: readonly Entry[], levels: number): Entry[] {
  return steps.map(step => {
    if ('parallel' in step) return { ...step, parallel: step.parallel.map(branch => stepsCut(branch, levels)) }
    return 'tree' in step && step.tree ? { ...step, tree: cutBelow(step.tree, levels) } : step
  })
}

/** Only as many of the service's own steps as there is room for. */
function shortened({ steps = [], ...head }: CallTree, room: number): CallTree {
  const kept: Entry[] = []
  let left = room - asciiJson({ ...head, cut: true, steps: [] }).length
  for (const step of steps) {
    left -= asciiJson(step).length + 1
    if (left < 0) break
    kept.push(step)
  }
  return { ...head, cut: true, steps: kept }
}
