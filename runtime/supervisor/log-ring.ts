import { inspect } from 'node:util'
import type { LogLevel } from '../protocol.ts'

/** A line of the log, as a replica or the lab reports it. */
export interface ReportedLine {
  readonly level: LogLevel
  /** Empty for the lab itself. */
  readonly component: string
  readonly replica: string
  readonly event: string
  readonly fields: Readonly<Record<string, unknown>>
}

/** The same, kept. JSON-serialisable. */
export interface LogLine extends ReportedLine {
  /** Counts the lines of the lab from 1. */
  readonly number: number
  /** ISO 8601. */
  readonly at: string
}

/** What of the log came after a line. JSON-serialisable. */
export interface LogPage {
  /** Oldest first. */
  readonly lines: readonly LogLine[]
  /** Number of the last line so far: what comes later is after it. */
  readonly last: number
  /** Lines after the one asked for that are not kept any more, whoever wrote them. */
  readonly forgotten: number
}

/** Lines that are kept; older ones are forgotten. */
export const LINES_MAX = 2000

/** The last lines of a lab's log. */
export class LogRing {
  readonly #lines: LogLine[] = []
  readonly #nowMs: () => number
  #last = 0

  /** `nowMs` is milliseconds since 1970. */
  constructor(nowMs: () => number = Date.now) {
    this.#nowMs = nowMs
  }

  add({ level, component, replica, event, fields }: ReportedLine): void {
    this.#last += 1
    const at = new Date(this.#nowMs()).toISOString()
    this.#lines.push({ number: this.#last, at, level, component, replica, event, fields: plain(fields) })
    if (this.#lines.length > LINES_MAX) this.#lines.shift()
  }

  /** What came after the line of this number (0: from the beginning), of a replica or a component; of all for `null`. */
  after(number: number, whom: string | null): LogPage {
    const first = this.#last - this.#lines.length
    const lines = this.#lines.slice(Math.max(0, number - first))
    const isAsked = ({ component, replica }: LogLine): boolean =>
      whom === null || whom === component || whom === replica
    return { lines: lines.filter(isAsked), last: this.#last, forgotten: Math.max(0, first - number) }
  }
}

/** Fields as JSON has them: a module may log what JSON cannot say. */
function plain(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  try {
    return JSON.parse(JSON.stringify(fields))
  } catch {
    return { fields: inspect(fields) }
  }
}
