import type { Job, JobState } from '../job.ts'

/** What the table has to know of the worker's settings. */
export interface TableOptions {
  /** A broker carries the work: accepted jobs wait to be published. */
  readonly brokered: boolean
  /** Jobs that wait, at most, beside those that free threads are about to take. */
  readonly queueMax: number
  /** Ended jobs that are remembered, at most, dead ones apart. */
  readonly finishedMax: number
  readonly deadMax: number
  readonly keysMax: number
  readonly keyTtlMs: number
  /** How often a job is started, at most. */
  readonly attemptsMax: number
  /** Longest wait before the second attempt; doubles with each further one. */
  readonly backoffMs: number
  readonly maxBackoffMs: number
  /** How long a claimed job may go without a beat. */
  readonly leaseMs: number
  /** How long a publisher has a job to itself. */
  readonly publishMs: number
}

/** What became of a submission. */
export type Added =
  | { readonly outcome: 'accepted'; readonly id: string }
  /** The key was used before for the same task; `unpublished` is the job when it still has to be published. */
  | { readonly outcome: 'repeated'; readonly id: string; readonly unpublished: Job | null }
  /** The key was used before for another task. */
  | { readonly outcome: 'mismatch' }
  /** The first request with this key is still being processed. */
  | { readonly outcome: 'pending' }
  | { readonly outcome: 'full' }

/** How many jobs a worker can start now. */
export interface Slots {
  readonly light: number
  readonly thread: number
  /** Of both kinds together. */
  readonly total: number
}

/** A job whose worker died, and what becomes of it. */
export interface LostAttempt {
  readonly id: string
  readonly state: 'queued' | 'dead'
}

/** What there was to look after. */
export interface Tended {
  readonly lost: readonly LostAttempt[]
  /** When the next waiting attempt is due; `null` when none waits. */
  readonly nextDueAtMs: number | null
}

export interface Claimed extends Tended {
  readonly jobs: readonly Job[]
}

/** What a broker's message about a job means when the job cannot be started. */
export type Stale = { readonly id: string; readonly why: 'unknown' | 'waiting' | 'running' | 'ended' }

/** How an attempt's outcome was taken: the job's new state, or `lost` when the attempt no longer counts. */
export type Settled = { readonly state: JobState | 'lost'; readonly dueAtMs: number | null }

/** A sign of life of a running attempt. */
export interface Beat {
  readonly id: string
  readonly attempt: number
  readonly progress: number | null
}

/** An idempotency key with the fingerprint of the request it came with. */
export interface RequestKey {
  readonly key: string
  readonly fingerprint: string
}

/** Which jobs to list. */
export interface ListFilter {
  readonly state: JobState | null
  readonly kind: string | null
  /** Only jobs accepted before the one with this `seq`. */
  readonly beforeSeq: number | null
  readonly limit: number
}
