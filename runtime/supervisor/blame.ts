import type { ReportedLine } from './log-ring.ts'

/** What a replica did so long before the death of its host may have to do with it. */
const RECENT_MS = 10_000

/** Lines after which the host has to reach into a thread that does not listen, or to end it over an open server. */
const TROUBLE: ReadonlySet<string> = new Set([
  'replica-hung',
  'replica-out-of-memory',
  'close-forced',
  'instruction-failed',
])

/** Who may be to blame when a host dies: replicas that were in trouble just before. */
export class Blame {
  readonly #troubledAtMs = new Map<string, number>()
  readonly #nowMs: () => number

  /** `nowMs` is a clock that only goes forward, in milliseconds. */
  constructor(nowMs: () => number = () => performance.now()) {
    this.#nowMs = nowMs
  }

  note({ event, replica }: Pick<ReportedLine, 'event' | 'replica'>): void {
    if (replica !== '' && TROUBLE.has(event)) this.#troubledAtMs.set(replica, this.#nowMs())
  }

  /** Those in trouble just now, the latest last; empty when nothing is known. */
  suspects(): string[] {
    const sinceMs = this.#nowMs() - RECENT_MS
    return [...this.#troubledAtMs]
      .filter(([, atMs]) => atMs >= sinceMs)
      .sort(([, one], [, other]) => one - other)
      .map(([replica]) => replica)
  }
}
