import type { Code, Where } from '../kit/index.ts'
import type { Span } from './source.ts'

/** One thing that is wrong with a topology. */
export interface Problem {
  readonly code: Code
  /** A warning does not keep the topology from running. */
  readonly severity: 'error' | 'warning'
  readonly message: string
  /** How to mend it. */
  readonly hint?: string
  /** `null` when there is no text to point at, e.g. for a file that is not there. */
  readonly where: Where | null
  /** Width of the value in columns, for the caret; 1 when unknown. */
  readonly width: number
}

/** Most problems that are reported at once. */
export const PROBLEMS_MAX = 100

interface Found {
  problem: Problem
  span: Span | null
}

/** Collects problems, so that one does not hide the next. */
export class Problems {
  #found: Found[] = []
  #seen = new Set<string>()
  #broken: Set<string>

  /** `broken` are the places of another collection where nothing more is said. */
  constructor(broken: Set<string> = new Set()) {
    this.#broken = broken
  }

  /** Adds an error at a place; `path` is the dotted path of the value. The same problem at the same place counts once. */
  error(code: Code, span: Span | null, path: string, message: string, hint?: string): void {
    this.#add(code, 'error', span, path, message, hint)
  }

  /** Adds an error about a value that is unreadable as such: what follows from it at the same place is not told. */
  broken(code: Code, span: Span, path: string, message: string, hint?: string): void {
    this.error(code, span, path, message, hint)
    this.#broken.add(placeOf(span))
  }

  /** An empty collection that keeps silent about the same broken values. */
  fork(): Problems {
    return new Problems(this.#broken)
  }

  /** Adds a warning at a place. */
  warning(code: Code, span: Span | null, path: string, message: string, hint?: string): void {
    this.#add(code, 'warning', span, path, message, hint)
  }

  /** Takes over what `other` has and this does not, each message with a prefix. Warnings stay behind. */
  adopt(other: Problems, prefix: string): void {
    const known = new Set(this.#seen)
    for (const { problem, span } of other.#found) {
      if (problem.severity === 'warning' || known.has(identity(problem))) continue
      this.#keep({ problem: { ...problem, message: prefix + problem.message }, span })
    }
  }

  get hasErrors(): boolean {
    return this.#found.some(({ problem }) => problem.severity === 'error')
  }

  /** How many there are. */
  get count(): number {
    return this.#found.length
  }

  /** All problems: the file's first, in the order of the text; bounded. */
  sorted(sources: readonly { name: string }[]): Problem[] {
    const rank = new Map(sources.map((source, index) => [source.name, index]))
    const order = ({ span }: Found): number => (span ? (rank.get(span.source.name) ?? sources.length) : -1)
    const all = [...this.#found].sort((a, b) => order(a) - order(b) || (a.span?.start ?? 0) - (b.span?.start ?? 0))
    const problems = all.map(found => found.problem)
    if (problems.length <= PROBLEMS_MAX) return problems
    const more = problems.length - PROBLEMS_MAX
    const severity = problems.slice(PROBLEMS_MAX).some(one => one.severity === 'error') ? 'error' : 'warning'
    const message = `and ${more} more; mend these first`
    return [
      ...problems.slice(0, PROBLEMS_MAX),
      { code: 'TOPOLOGY_MORE_PROBLEMS', severity, message, where: null, width: 1 },
    ]
  }

  #add(
    code: Code,
    severity: Problem['severity'],
    span: Span | null,
    path: string,
    message: string,
    hint?: string,
  ): void {
    if (span && this.#broken.has(placeOf(span))) return
    const start = span?.source.position(span.start)
    const where = span && start ? { file: span.source.name, ...start, path } : null
    const width = span ? spanWidth(span) : 1
    this.#keep({ problem: { code, severity, message, ...(hint ? { hint } : {}), where, width }, span })
  }

  #keep(found: Found): void {
    const key = identity(found.problem)
    if (this.#seen.has(key)) return
    this.#seen.add(key)
    this.#found.push(found)
  }
}

function placeOf({ source, start }: Span): string {
  return `${source.name}:${start}`
}

function identity({ code, where, message }: Problem): string {
  return JSON.stringify([code, where?.file, where?.line, where?.column, message])
}

/** Columns that the caret line underlines: the first line of the span, at least one. */
function spanWidth(span: Span): number {
  const text = span.source.text.slice(span.start, span.end)
  const lineEnd = text.search(/[\r\n]/)
  return Math.max(1, (lineEnd < 0 ? text : text.slice(0, lineEnd)).trimEnd().length)
}
