import { any, type Code, decodeValue, type Setting, type Settings } from '../../kit/index.ts'
import type { AnySetting } from '../common-settings.ts'
import type { Problems } from '../problems.ts'
import type { Resolution, SecretSlots } from '../resolve/scope.ts'
import { checkSettings } from '../resolve/settings.ts'
import type { Span } from '../source.ts'
import { describe, type Entry, locate, type Mapping, type Tree, toPlain, valueSpan } from '../tree.ts'

/** What every part of a workload is read with. */
export interface WorkloadScope {
  readonly problems: Problems
  readonly secrets: SecretSlots
  /** `components:` of the file; `undefined` where there is no file. */
  readonly components: Tree | undefined
  /** Folder from which paths of files start. */
  readonly folder: string
}

/** What a block is, and where. */
export interface BlockRequest {
  /** For messages: `a workload`. */
  readonly what: string
  readonly node: Mapping
  readonly table: Settings
  readonly path: string
  /** Where to point when something is missing. */
  readonly owner: Span
  /** Keys that people write here by mistake, with what to do instead. */
  readonly misplaced?: Readonly<Record<string, string>>
}

/** A mapping whose keys, types and units have been checked: gives values by name, and points at them. */
export class Block {
  readonly scope: WorkloadScope
  readonly path: string
  readonly owner: Span
  readonly what: string
  readonly node: Mapping
  readonly #table: Settings
  readonly #bad: ReadonlySet<string>

  constructor(scope: WorkloadScope, request: BlockRequest) {
    const { what, node, table, path, owner, misplaced = {} } = request
    const resolution = { problems: scope.problems } as Resolution
    const unknown = 'TOPOLOGY_UNKNOWN_KEY' as const
    const checked = checkSettings(resolution, {
      what,
      node,
      table: shallow(table),
      path,
      owner,
      unknown,
      misplaced,
      missing: {},
    })
    this.scope = scope
    this.path = path
    this.owner = owner
    this.what = what
    this.node = checked.node
    this.#table = table
    this.#bad = checked.bad
  }

  /** The entry as written, right or wrong. */
  entry(name: string): Entry | undefined {
    return this.node.entries.get(name)
  }

  /** The value as written; `undefined` when it is not there or wrong. */
  tree(name: string): Tree | undefined {
    return this.#bad.has(name) ? undefined : this.node.entries.get(name)?.value
  }

  /** The value in code's units, or its default; `undefined` when it is wrong, or not there and without default. */
  value<Value>(name: string): Value | undefined {
    if (this.#bad.has(name)) return undefined
    const tree = this.node.entries.get(name)?.value
    return decodeValue(this.#table[name] as Setting, tree && toPlain(tree)) as Value | undefined
  }

  /** Tells a problem about a value; about the whole block when the name is not there. */
  fail(code: Code, name: string, message: string, hint?: string): undefined {
    const entry = this.node.entries.get(name)
    const path = entry ? `${this.path}.${name}` : this.path
    this.scope.problems.error(code, entry ? valueSpan(entry) : this.owner, path, message, hint)
  }

  /** Tells a problem about what lies at a path below the block. */
  failAt(code: Code, steps: readonly string[], message: string, hint?: string): undefined {
    const { span } = locate(this.node, steps, this.owner)
    this.scope.problems.error(code, span, [this.path, ...steps].join('.'), message, hint)
  }

  /** Tells that a key should not be here. */
  failKey(code: Code, name: string, message: string, hint?: string): undefined {
    const span = this.node.entries.get(name)?.keySpan ?? this.owner
    this.scope.problems.error(code, span, `${this.path}.${name}`, message, hint)
  }

  /** The mapping under a name as a block of its own; `undefined` when it is not there, or no mapping. */
  below(
    name: string,
    inner: { what: string; table: Settings; hint: string; misplaced?: Record<string, string> },
  ): Block | undefined {
    const entry = this.node.entries.get(name)
    if (!entry) return undefined
    if (entry.value.type !== 'mapping') {
      return this.fail('TOPOLOGY_WRONG_TYPE', name, `must be a mapping, not ${describe(entry.value)}`, inner.hint)
    }
    const { what, table, misplaced = {} } = inner
    const path = `${this.path}.${name}`
    return new Block(this.scope, { what, table, misplaced, node: entry.value, path, owner: entry.keySpan })
  }
}

/** The table without what is inside of groups: those are blocks of their own. */
function shallow(table: Settings): Settings {
  const entries = Object.entries(table).map(([name, one]): [string, AnySetting] => {
    if (one['x-archlab'] !== 'group') return [name, one]
    const bare = any({ doc: one.description })
    return [name, one.optional ? { ...bare, optional: true } : bare]
  })
  return Object.fromEntries(entries)
}
