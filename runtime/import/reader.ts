import { type Code, UnitError } from '../kit/index.ts'
import { nearest } from '../topology/did-you-mean.ts'
import type { Problems } from '../topology/problems.ts'
import type { Span } from '../topology/source.ts'
import { type Entry, type Tree, describe as words } from '../topology/tree.ts'
import type { Notes } from './notes.ts'
import {
  BODIES_BYTES_MAX,
  bodyBytes,
  countSteps,
  STEPS_PER_SERVICE_MAX,
  type Step,
  type Time,
  WORK_MAX_MS,
} from './service-graph.ts'

/** Most steps that all scripts of a file may have together; with more, the topology could not be read any more. */
export const STEPS_MAX = 10_000

/** A value of a foreign file, and where it stands there. */
export interface At {
  readonly tree: Tree
  /** Dotted path from the top of the file. */
  readonly path: string
  /** Where problems with it point: the value, or its key when the value is left out. */
  readonly span: Span
  /** Its key, or the value itself where it has none. */
  readonly keySpan: Span
}

/** The values of a mapping by key, without those that are null. */
export type Fields = Readonly<Record<string, At | undefined>>

/**
 * Reads values of a foreign file. What is wrong with them becomes a problem at its place, and the reader goes on with
 * `undefined`, so that one mistake does not hide the next. `null` counts as left out, as it does in both formats.
 */
export class Reader {
  readonly problems: Problems
  readonly notes: Notes
  #steps = 0

  constructor(problems: Problems, notes: Notes) {
    this.problems = problems
    this.notes = notes
  }

  /** Adds a problem about a value; resolves to `undefined`, so that a function may end with it. */
  error(code: Code, at: At, message: string, hint?: string): undefined {
    this.problems.error(code, at.span, at.path, message, hint)
    return undefined
  }

  /** Adds a note about a value that is not carried over, or only nearly. */
  note(at: At, message: string): void {
    this.notes.add(at.span, at.path, message)
  }

  /** The values of a mapping by key; none for anything else, which is a problem. */
  fields(at: At | undefined, what: string): Fields {
    if (!at) return {}
    return Object.fromEntries(this.members(at, what).filter(([, value]) => !isNull(value.tree)))
  }

  /** `found`, after a problem when it is left out. */
  required(found: At | undefined, name: string, of: At, hint?: string): At | undefined {
    const empty = of.tree.type === 'mapping' ? of.tree.entries.get(name) : undefined
    const at = empty ? memberAt(of, name, empty) : of
    return found ?? this.error('IMPORT_MISSING', at, `"${name}" is missing`, hint)
  }

  /** Keys and values of a mapping, null values included; none for anything else, which is a problem. */
  members(at: At, what: string): [key: string, value: At][] {
    if (at.tree.type !== 'mapping') return this.#wrong(at, what) ?? []
    return [...at.tree.entries].map(([key, entry]) => [key, memberAt(at, key, entry)])
  }

  /** Items of a list; none for anything else, which is a problem. */
  items(at: At, what: string): At[] {
    if (at.tree.type !== 'sequence') return this.#wrong(at, what) ?? []
    return at.tree.items.map((tree, index) => ({
      tree,
      path: joined(at.path, String(index)),
      span: tree.span,
      keySpan: tree.span,
    }))
  }

  /** A text. A number or a word like `true` counts as the text that it is written as. */
  text(at: At | undefined, what: string): string | undefined {
    if (!at) return undefined
    const { tree } = at
    if (tree.type !== 'scalar' || tree.value === null) return this.#wrong(at, what)
    return typeof tree.value === 'string' ? tree.value : tree.span.source.text.slice(tree.span.start, tree.span.end)
  }

  /** A whole number between bounds. */
  whole(at: At | undefined, what: string, min: number, max: number): number | undefined {
    const value = this.number(at, what, min, max)
    if (at && value !== undefined && !Number.isInteger(value)) return this.#outside(at, what)
    return value
  }

  /** A number between bounds. */
  number(at: At | undefined, what: string, min: number, max: number): number | undefined {
    if (!at) return undefined
    const value = at.tree.type === 'scalar' ? at.tree.value : undefined
    if (typeof value !== 'number') return this.#wrong(at, what)
    return value >= min && value <= max ? value : this.#outside(at, what)
  }

  /** Yes or no. */
  flag(at: At | undefined, what: string): boolean | undefined {
    if (!at) return undefined
    const value = at.tree.type === 'scalar' ? at.tree.value : undefined
    return typeof value === 'boolean' ? value : this.#wrong(at, what)
  }

  /** A text or number that `parse` understands; a UnitError that it throws becomes the problem. */
  read<Value>(at: At | undefined, what: string, parse: (value: string | number) => Value): Value | undefined {
    if (!at) return undefined
    const value = at.tree.type === 'scalar' ? at.tree.value : undefined
    if (typeof value !== 'string' && typeof value !== 'number') return this.#wrong(at, what)
    try {
      return parse(value)
    } catch (error) {
      if (!(error instanceof UnitError)) throw error
      return this.error('IMPORT_BAD_VALUE', at, error.message, error.hint)
    }
  }

  /** Counts a step of a script; `false`, after a problem, when there are more than a topology can have. */
  countStep(at: At): boolean {
    this.#steps++
    if (this.#steps === STEPS_MAX + 1) {
      this.error('IMPORT_BAD_VALUE', at, `more than ${STEPS_MAX} steps, default scripts written out`)
    }
    return this.#steps <= STEPS_MAX
  }

  /** `time`, and a problem when that is longer than any work should be. */
  checkTime(time: Time, at: At): Time {
    if (time.maxMs > WORK_MAX_MS) this.error('IMPORT_BAD_VALUE', at, 'makes work of more than a day')
    return time
  }

  /** Reports a service whose script is more than a component can carry out. */
  checkSteps(steps: readonly Step[], at: At): void {
    if (countSteps(steps) > STEPS_PER_SERVICE_MAX) {
      this.error('IMPORT_BAD_VALUE', at, `has more than ${STEPS_PER_SERVICE_MAX} steps`)
    }
    if (bodyBytes(steps) > BODIES_BYTES_MAX) {
      const message = `sends bodies of more than ${BODIES_BYTES_MAX / 1024 ** 2} MB, each size counted once`
      this.error('IMPORT_BAD_VALUE', at, message)
    }
  }

  /** Notes about fields that are not read: `lost` says why; what it has not is a key that nobody knows. */
  leftOver(others: Fields, lost: Readonly<Record<string, string>>, known: readonly string[]): void {
    for (const [key, at] of Object.entries(others)) {
      const guess = nearest(key, [...known, ...Object.keys(lost)])
      const unknown = `no such key is read${guess === undefined ? '' : `; is "${guess}" meant?`}`
      if (at) this.notes.add(at.keySpan, at.path, Object.hasOwn(lost, key) ? lost[key]! : unknown)
    }
  }

  #wrong(at: At, what: string): undefined {
    return this.error('IMPORT_WRONG_TYPE', at, `must be ${what}, not ${words(at.tree)}`)
  }

  #outside(at: At, what: string): undefined {
    return this.error('IMPORT_BAD_VALUE', at, `must be ${what}, not ${words(at.tree)}`)
  }
}

/** A value below the top of a file. */
export function top(tree: Tree): At {
  return { tree, path: '', span: tree.span, keySpan: tree.span }
}

function memberAt(at: At, key: string, entry: Entry): At {
  const { value, keySpan } = entry
  const empty = value.span.end <= value.span.start
  return { tree: value, path: joined(at.path, key), span: empty ? keySpan : value.span, keySpan }
}

const joined = (path: string, step: string): string => (path === '' ? step : `${path}.${step}`)

const isNull = (tree: Tree): boolean => tree.type === 'scalar' && tree.value === null
