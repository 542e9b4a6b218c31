import type { Clock, Reply } from '@archlab/runtime/kit'
import { type CallEntry, type Entry, type GroupEntry, isCached, treeOf, type WorkEntry } from './call-tree.ts'

/** Writes down what the steps of one request do, in the order in which they begin. */
export class StepLog {
  readonly entries: Entry[] = []
  readonly #clock: Clock
  readonly #startMs: number

  constructor(clock: Clock, startMs: number) {
    this.#clock = clock
    this.#startMs = startMs
  }

  work(work: string, demandMs: number): WorkEntry {
    return this.#add({ work, demandMs: rounded(demandMs), startMs: this.#now() })
  }

  call(call: string, request: string): CallEntry {
    return this.#add({ call, request, startMs: this.#now() })
  }

  /** The entry of a group, and a log for each of its branches. */
  group(branches: number): { entry: GroupEntry; logs: StepLog[] } {
    const logs = Array.from({ length: branches }, () => new StepLog(this.#clock, this.#startMs))
    const entry = this.#add<GroupEntry>({ parallel: logs.map(log => log.entries), startMs: this.#now() })
    return { entry, logs }
  }

  end(end: 'fail' | 'respond', status: number): void {
    this.#add({ end, status, startMs: this.#now() })
  }

  skipped(skipped: string): void {
    this.#add({ skipped })
  }

  /** A step has ended. */
  ended(entry: WorkEntry | CallEntry | GroupEntry): void {
    entry.durationMs = rounded(this.#now() - entry.startMs)
  }

  /** A call has been answered. What is behind a cache was not executed for this call. */
  answered(entry: CallEntry, reply: Reply): void {
    entry.status = reply.status
    this.ended(entry)
    if (isCached(reply)) entry.cached = true
    else {
      const tree = treeOf(reply)
      if (tree) entry.tree = tree
    }
  }

  /** Milliseconds since the service began with the request. */
  get elapsedMs(): number {
    return this.#now()
  }

  #now(): number {
    return rounded(this.#clock.nowMs() - this.#startMs)
  }

  #add<One extends Entry>(entry: One): One {
    this.entries.push(entry)
    return entry
  }
}

const rounded = (valueMs: number): number => Math.round(valueMs * 1000) / 1000
