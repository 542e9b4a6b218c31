import type { Job, JobState } from '../job.ts'

/** A row of `job` with the member names of `Job`; its state is still the one of the table. */
export type Row = Omit<Job, 'state'> & { state: string }

/** The columns of a `Row`, for SELECT and RETURNING. */
export const COLUMNS = `
  seq, id, state, kind, lane, priority, task, duration_ms AS durationMs, attempts, submitted_at AS submittedAtMs,
  due_at AS dueAtMs, started_at AS startedAtMs, finished_at AS finishedAtMs, progress, result, cause, error`

/** The state that clients see for one of the table. */
export const stateOf = (state: string): JobState =>
  state === 'ready' || state === 'delayed' ? 'queued' : (state as JobState)

/** A row as a `Job`. */
export const asJob = (row: Row): Job => ({ ...row, state: stateOf(row.state) })
