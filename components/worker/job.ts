/** Where a job stands, as clients see it. */
export type JobState = 'queued' | 'running' | 'done' | 'failed' | 'dead' | 'cancelled'

/** All states, in the order of a job's life. */
export const JOB_STATES: readonly JobState[] = ['queued', 'running', 'done', 'failed', 'dead', 'cancelled']

/**
 * What a job needs to run: `light` ones only wait and share one thread, `thread` ones compute or run foreign code and
 * get a thread each, so that one that breaks its thread takes no other with it.
 */
export type Lane = 'light' | 'thread'

/** Why an attempt did not succeed. */
export type JobCause =
  | 'error'
  | 'timeout'
  | 'memory-limit'
  | 'thread-lost'
  | 'result-too-large'
  | 'worker-lost'
  | 'closed'

/** Priorities that a submission may give; more goes first. */
export const PRIORITY_MAX = 9

/** A job that has been checked and is to be accepted. */
export interface NewJob {
  readonly id: string
  readonly kind: string
  readonly lane: Lane
  /** 0 to `PRIORITY_MAX`. */
  readonly priority: number
  /** The submission as JSON text. */
  readonly task: string
  /** How long it takes, in milliseconds, where its kind says so. */
  readonly durationMs: number | null
}

/** A job as it is kept. Times are milliseconds since 1970. */
export interface Job extends NewJob {
  /** Grows with every accepted job. */
  readonly seq: number
  readonly state: JobState
  /** How often it was started. */
  readonly attempts: number
  readonly submittedAtMs: number
  /** While it waits for its next attempt: when that is due. */
  readonly dueAtMs: number | null
  /** Start of its latest attempt. */
  readonly startedAtMs: number | null
  readonly finishedAtMs: number | null
  /** Share of the work done, 0 to 1, as the job itself told. */
  readonly progress: number | null
  /** What it handed back, as JSON text. */
  readonly result: string | null
  /** Why its latest attempt did not succeed. */
  readonly cause: JobCause | null
  /** The same as a sentence. */
  readonly error: string | null
}

/** How an attempt ended. */
export type Outcome =
  | { readonly type: 'done'; readonly result: string }
  | {
      readonly type: 'failed'
      readonly cause: JobCause
      readonly error: string
      /** False when another attempt would end the same way. */
      readonly retry: boolean
    }
  /** The worker gives it back unfinished; the attempt does not count. */
  | { readonly type: 'released' }

/** How many jobs are in each state; those that ended as far as they are remembered. */
export type JobCounts = Readonly<Record<JobState, number>>
