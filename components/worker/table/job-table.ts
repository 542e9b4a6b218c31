import type { Random } from '@archlab/runtime/kit'
import type { Job, JobCause, JobCounts, JobState, NewJob, Outcome } from '../job.ts'
import { KeyTable } from './key-table.ts'
import { listJobs } from './list-jobs.ts'
import { asJob, COLUMNS, type Row, stateOf } from './row.ts'
import type { Statements } from './statements.ts'
import type {
  Added,
  Beat,
  Claimed,
  ListFilter,
  LostAttempt,
  RequestKey,
  Settled,
  Slots,
  Stale,
  TableOptions,
  Tended,
} from './table-types.ts'

/** States of the table, for SQL. */
const QUEUED = `'ready', 'delayed'`
const FINISHED = `'done', 'failed', 'cancelled'`

const WORKER_LOST = 'The worker that ran the job died, or lost touch with its queue.'
const CLOSED = 'The worker was closed before the job had ended.'
/** Attempts looked after per call, so that no transaction gets long. */
const TEND_MAX = 500

/**
 * The jobs as rows of an SQLite database, and every step of their lives as one method: the state machine of all queues.
 * Methods are synchronous and belong into a transaction. `nowMs` is milliseconds since 1970, from the caller's clock.
 */
export class JobTable {
  readonly #options: TableOptions & { holder: string }
  readonly #random: Random
  readonly #sql: Statements
  readonly #keys: KeyTable

  constructor(sql: Statements, options: TableOptions & { holder: string }, random: Random) {
    this.#sql = sql
    this.#options = options
    this.#random = random
    this.#keys = new KeyTable(this.#sql, options.keysMax, options.keyTtlMs)
  }

  /** Accepts a job unless the queue is full; `free` jobs more may wait, for they are about to be started. */
  add(nowMs: number, job: NewJob, free: number, key: RequestKey | null): Added {
    const known = key && this.#keys.find(key, nowMs)
    if (known) return known.fingerprint === key.fingerprint ? this.#repeated(known.job, nowMs) : { outcome: 'mismatch' }
    if (this.#number(QUEUED) >= this.#options.queueMax + free) return { outcome: 'full' }
    this.#insert(nowMs, job)
    if (key) this.#keys.add(key, job.id, nowMs)
    return { outcome: 'accepted', id: job.id }
  }

  #insert(nowMs: number, { id, kind, lane, priority, task, durationMs }: NewJob): void {
    const { brokered, publishMs } = this.#options
    const sql = `INSERT INTO job (id, state, kind, lane, priority, task, duration_ms, submitted_at, published, publish_until)
      VALUES (?, 'ready', ?, ?, ?, ?, ?, ?, ?, ?)`
    const publish = brokered ? [0, nowMs + publishMs] : [1, 0]
    this.#sql(sql).run(id, kind, lane, priority, task, durationMs, nowMs, ...publish)
  }

  #repeated(id: string, nowMs: number): Added {
    const row = this.#sql('SELECT published, publish_until AS untilMs, state FROM job WHERE id = ?').get(id)
    if (!row || row.published === 1 || row.state !== 'ready') return { outcome: 'repeated', id, unpublished: null }
    if (Number(row.untilMs) > nowMs) return { outcome: 'pending' }
    this.#sql('UPDATE job SET publish_until = ? WHERE id = ?').run(nowMs + this.#options.publishMs, id)
    return { outcome: 'repeated', id, unpublished: this.find(id) }
  }

  /** Starts the jobs that are first by priority, then by age. */
  claim(nowMs: number, { light, thread, total }: Slots): Claimed {
    const tended = this.tend(nowMs)
    const sql = `UPDATE job SET state = 'running', attempts = attempts + 1, owner = ?, lease_until = ?, started_at = ?,
      due_at = NULL, progress = NULL WHERE seq IN (
        SELECT seq FROM (
          SELECT * FROM (SELECT seq, priority FROM job WHERE state = 'ready' AND lane = 'light'
            ORDER BY priority DESC, seq LIMIT ?)
          UNION ALL
          SELECT * FROM (SELECT seq, priority FROM job WHERE state = 'ready' AND lane = 'thread'
            ORDER BY priority DESC, seq LIMIT ?)
          ORDER BY priority DESC, seq LIMIT ?)
      ) RETURNING ${COLUMNS}`
    const { holder, leaseMs } = this.#options
    const rows = this.#sql(sql).all(holder, nowMs + leaseMs, nowMs, light, thread, total) as unknown as Row[]
    // The order of returned rows is not defined (sqlite.org/lang_returning.html).
    rows.sort((a, b) => b.priority - a.priority || a.seq - b.seq)
    return { ...tended, jobs: rows.map(asJob) }
  }

  /** Starts these jobs, whose turn a broker says it is. */
  take(nowMs: number, ids: readonly string[]): { jobs: readonly Job[]; stale: readonly Stale[] } {
    const sql = `UPDATE job SET state = 'running', attempts = attempts + 1, owner = ?, lease_until = ?, started_at = ?,
      due_at = NULL, progress = NULL, published = 1 WHERE id = ? AND state = 'ready' RETURNING ${COLUMNS}`
    const { holder, leaseMs } = this.#options
    const jobs: Job[] = []
    const stale: Stale[] = []
    for (const id of ids) {
      const row = this.#sql(sql).get(holder, nowMs + leaseMs, nowMs, id) as unknown as Row | undefined
      if (row) jobs.push(asJob(row))
      else stale.push({ id, why: this.#whyStale(id) })
    }
    return { jobs, stale }
  }

  #whyStale(id: string): Stale['why'] {
    const state = this.#sql('SELECT state FROM job WHERE id = ?').get(id)?.state
    if (state === undefined) return 'unknown'
    return state === 'running' ? 'running' : state === 'delayed' ? 'waiting' : 'ended'
  }

  /** Writes down a job that only the broker knew. */
  adopt(nowMs: number, job: NewJob): void {
    this.#insert(nowMs, job)
    this.#sql('UPDATE job SET published = 1 WHERE id = ?').run(job.id)
  }

  /** Makes what is due ready, and looks after jobs whose worker no longer beats. */
  tend(nowMs: number): Tended {
    this.#sql(`UPDATE job INDEXED BY job_delayed SET state = 'ready' WHERE state = 'delayed' AND due_at <= ?`).run(
      nowMs,
    )
    const sql = `SELECT id, attempts FROM job INDEXED BY job_running
      WHERE state = 'running' AND lease_until <= ? AND owner <> ? ORDER BY lease_until LIMIT ${TEND_MAX}`
    const lost = this.#sql(sql).all(nowMs, this.#options.holder)
    this.#keys.forget(nowMs)
    const losses = this.#loseAll(nowMs, lost)
    const next = this.#sql(
      `SELECT due_at AS dueAtMs FROM job INDEXED BY job_delayed WHERE state = 'delayed' ORDER BY due_at LIMIT 1`,
    ).get()
    return { lost: losses, nextDueAtMs: next ? Number(next.dueAtMs) : null }
  }

  /** A worker is gone: what it ran is tried again. */
  loseHolder(nowMs: number, holder: string): readonly LostAttempt[] {
    return this.#loseAll(
      nowMs,
      this.#sql(`SELECT id, attempts FROM job WHERE state = 'running' AND owner = ?`).all(holder),
    )
  }

  #loseAll(nowMs: number, rows: readonly Record<string, unknown>[]): LostAttempt[] {
    return rows.map(({ id, attempts }) => {
      const { state } = this.#fail(nowMs, String(id), Number(attempts), 'worker-lost', WORKER_LOST, true)
      return { id: String(id), state: state as LostAttempt['state'] }
    })
  }

  /** Prolongs leases; returns the ids of attempts that no longer count. */
  beat(nowMs: number, beats: readonly Beat[]): readonly string[] {
    const { holder, leaseMs } = this.#options
    const sql = `UPDATE job SET lease_until = ?, progress = coalesce(?, progress)
      WHERE id = ? AND state = 'running' AND owner = ? AND attempts = ?`
    return beats
      .filter(({ id, attempt, progress }) => {
        const { changes } = this.#sql(sql).run(nowMs + leaseMs, progress, id, holder, attempt)
        return changes === 0
      })
      .map(({ id }) => id)
  }

  /** Writes down how an attempt ended, unless it lost its lease meanwhile. */
  settle(nowMs: number, id: string, attempt: number, outcome: Outcome): Settled {
    const row = this.#sql('SELECT state, owner, attempts FROM job WHERE id = ?').get(id)
    const own = row?.state === 'running' && row.owner === this.#options.holder && row.attempts === attempt
    if (!own) return { state: 'lost', dueAtMs: null }
    if (outcome.type === 'released') return this.#release(id)
    if (outcome.type === 'failed') return this.#fail(nowMs, id, attempt, outcome.cause, outcome.error, outcome.retry)
    const sql = `UPDATE job SET state = 'done', finished_at = ?, progress = 1, result = ?, cause = NULL, error = NULL,
      owner = NULL, lease_until = NULL WHERE id = ?`
    this.#sql(sql).run(nowMs, outcome.result, id)
    this.#forgetFinished()
    return { state: 'done', dueAtMs: null }
  }

  #release(id: string): Settled {
    const sql = `UPDATE job SET state = 'ready', attempts = attempts - 1, started_at = NULL, progress = NULL,
      owner = NULL, lease_until = NULL WHERE id = ?`
    this.#sql(sql).run(id)
    return { state: 'queued', dueAtMs: null }
  }

  #fail(nowMs: number, id: string, attempt: number, cause: JobCause, error: string, retry: boolean): Settled {
    const { attemptsMax, brokered } = this.#options
    const again = retry && attempt < attemptsMax
    const state = again ? 'delayed' : retry ? 'dead' : 'failed'
    const dueAtMs = again ? nowMs + this.#backoffMs(attempt) : null
    const sql = `UPDATE job SET state = ?, due_at = ?, finished_at = ?, cause = ?, error = ?, owner = NULL,
      lease_until = NULL, progress = NULL, published = ?, publish_until = 0 WHERE id = ?`
    this.#sql(sql).run(state, dueAtMs, again ? null : nowMs, cause, error, again && brokered ? 0 : 1, id)
    if (state === 'failed') this.#forgetFinished()
    if (state === 'dead') this.#forgetDead()
    return { state: again ? 'queued' : (state as JobState), dueAtMs }
  }

  /** Full jitter: evenly from 0 to the longest wait (Brooker, "Exponential Backoff And Jitter", AWS, 2015). */
  #backoffMs(attempt: number): number {
    const { backoffMs, maxBackoffMs } = this.#options
    return Math.ceil(this.#random.next() * Math.min(backoffMs * 2 ** (attempt - 1), maxBackoffMs))
  }

  /** Ends a job that waits or runs; returns the state it was found in, `null` when it is unknown. */
  cancel(nowMs: number, id: string): JobState | null {
    const row = this.#sql('SELECT state FROM job WHERE id = ?').get(id)
    if (!row) return null
    const found = stateOf(String(row.state))
    if (found !== 'queued' && found !== 'running') return found
    const sql = `UPDATE job SET state = 'cancelled', finished_at = ?, due_at = NULL, owner = NULL, lease_until = NULL
      WHERE id = ?`
    this.#sql(sql).run(nowMs, id)
    this.#forgetFinished()
    return found
  }

  /** Every job that has not ended fails: its queue ends with the worker. */
  abandon(nowMs: number): number {
    const sql = `UPDATE job SET state = 'failed', finished_at = ?, due_at = NULL, owner = NULL, lease_until = NULL,
      progress = NULL, cause = 'closed', error = ? WHERE state IN (${QUEUED}, 'running')`
    return Number(this.#sql(sql).run(nowMs, CLOSED).changes)
  }

  /** The job, or `null` when it never was or is forgotten. */
  find(id: string): Job | null {
    const row = this.#sql(`SELECT ${COLUMNS} FROM job WHERE id = ?`).get(id) as unknown as Row | undefined
    return row ? asJob(row) : null
  }

  /** Jobs that fit the filter, the one submitted last first. */
  list(filter: ListFilter): readonly Job[] {
    return listJobs(this.#sql, filter)
  }

  /** How many jobs are in each state. */
  counts(): JobCounts {
    const counts = { queued: 0, running: 0, done: 0, failed: 0, dead: 0, cancelled: 0 }
    for (const { state, n } of this.#sql('SELECT state, n FROM job_count').all()) {
      if (state !== 'key') counts[stateOf(String(state))] += Number(n)
    }
    return counts
  }

  /** How many jobs are in these states of the table. */
  #number(states: string): number {
    return Number(this.#sql(`SELECT sum(n) AS n FROM job_count WHERE state IN (${states})`).get()?.n)
  }

  #forgetFinished(): void {
    const sql = `DELETE FROM job WHERE seq IN (
      SELECT seq FROM job INDEXED BY job_finished
      WHERE state IN (${FINISHED}) ORDER BY finished_at, seq LIMIT ?)`
    const excess = this.#number(FINISHED) - this.#options.finishedMax
    if (excess > 0) this.#sql(sql).run(excess)
  }

  #forgetDead(): void {
    const sql = `DELETE FROM job WHERE seq IN (SELECT seq FROM job WHERE state = 'dead' ORDER BY seq LIMIT ?)`
    const excess = this.#number(`'dead'`) - this.#options.deadMax
    if (excess > 0) this.#sql(sql).run(excess)
  }
}
