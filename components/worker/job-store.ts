import type { Job, JobCounts, JobState, NewJob, Outcome } from './job.ts'
import type { Maybe } from './maybe.ts'
import type { Added, Beat, Claimed, ListFilter, RequestKey, Settled, Slots } from './table/table-types.ts'

/**
 * Where a worker keeps its jobs. An answer means that the step is as durable as the store makes it. Rejections are
 * StoreFailures; whether the step was taken is then unknown, unless the failure is of kind `unavailable` or `busy`.
 */
export interface JobStore {
  /** Accepts a job, or says why not. `free` jobs more than its limit may wait, for they are about to be started. */
  add(job: NewJob, free: number, key: RequestKey | null): Maybe<Added>
  /** Leases jobs to this replica and starts an attempt of each; looks after jobs whose worker is gone. */
  claim(slots: Slots): Maybe<Claimed>
  /** Prolongs leases and writes progress down; returns ids of attempts that no longer count. */
  beat(beats: readonly Beat[]): Maybe<readonly string[]>
  /** Ends an attempt: the job is done, tried again later, given back, or put on the dead-letter list. */
  settle(id: string, attempt: number, outcome: Outcome): Maybe<Settled>
  /** Ends a job that waits or runs; resolves to the state it was found in, `null` when it is unknown. */
  cancel(id: string): Maybe<JobState | null>
  find(id: string): Maybe<Job | null>
  /** The newest first. */
  list(filter: ListFilter): Maybe<readonly Job[]>
  counts(): Maybe<JobCounts>
  /** How long other replicas' submissions may go unnoticed, in milliseconds; Infinity where there are none. */
  readonly pollMs: number
  /** Whole seconds after which asking again may help, when it cannot be used. */
  readonly retryAfterSeconds: number
  /** Jobs outlive the replica, and all replicas of the worker share them. */
  readonly shared: boolean
  /** Lets go. Call it when nothing runs any more. Resolves to how many jobs have ended with the store. */
  close(): Promise<number>
}
