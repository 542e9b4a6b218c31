import type { Job, JobCounts, JobState, NewJob, Outcome } from './job.ts'
import type { JobStore } from './job-store.ts'
import type { Maybe } from './maybe.ts'
import { StoreFailure } from './store-failure.ts'
import type { Table } from './table/table.ts'
import type { Added, Beat, Claimed, ListFilter, RequestKey, Settled, Slots } from './table/table-types.ts'

/** How long a job that another replica accepted may go unnoticed. */
const POLL_MS = 1000

/** A store that is its table: `queue: memory` and `queue: sqlite`. */
export class TableStore implements JobStore {
  readonly shared: boolean
  readonly pollMs: number
  readonly retryAfterSeconds = 1
  readonly #table: Table
  #closed = false

  /** `shared`: the table is in a file; else it is in memory, and its jobs end with the replica. */
  constructor(table: Table, shared: boolean) {
    this.#table = table
    this.shared = shared
    this.pollMs = shared ? POLL_MS : Number.POSITIVE_INFINITY
  }

  add(job: NewJob, free: number, key: RequestKey | null): Maybe<Added> {
    return this.#closed ? { outcome: 'full' } : this.#table.run('add', job, free, key)
  }

  claim(slots: Slots): Maybe<Claimed> {
    return this.#table.run('claim', slots)
  }

  beat(beats: readonly Beat[]): Maybe<readonly string[]> {
    return this.#table.run('beat', beats)
  }

  settle(id: string, attempt: number, outcome: Outcome): Maybe<Settled> {
    return this.#table.run('settle', id, attempt, outcome)
  }

  cancel(id: string): Maybe<JobState | null> {
    return this.#table.run('cancel', id)
  }

  find(id: string): Maybe<Job | null> {
    return this.#table.run('find', id)
  }

  list(filter: ListFilter): Maybe<readonly Job[]> {
    return this.#table.run('list', filter)
  }

  counts(): Maybe<JobCounts> {
    return this.#table.run('counts')
  }

  /** Others find out by themselves where the table cannot be told. */
  async #leave(): Promise<void> {
    try {
      await this.#table.run('leave')
    } catch (error) {
      if (!(error instanceof StoreFailure)) throw error
    }
  }

  async close(): Promise<number> {
    this.#closed = true
    const ended = this.shared ? 0 : await this.#table.run('abandon')
    if (this.shared) await this.#leave()
    await this.#table.close()
    return ended
  }
}
