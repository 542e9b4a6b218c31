import type { Job } from '../job.ts'
import { asJob, COLUMNS, type Row } from './row.ts'
import type { Statements } from './statements.ts'

/**
 * Jobs that a broker has still to be given. A job is written down before it is published, so that a crash between the two
 * leaves it here, and is published again from here when nobody knows whether the broker has it.
 */
export class Outbox {
  readonly #sql: Statements
  readonly #publishMs: number

  /** `publishMs`: how long a publisher has a job to itself. */
  constructor(sql: Statements, publishMs: number) {
    this.#sql = sql
    this.#publishMs = publishMs
  }

  /** Takes jobs, at most `max`, for this publisher; they come back unless they are `published` in time. */
  take(nowMs: number, max: number): readonly Job[] {
    const sql = `UPDATE job SET publish_until = ? WHERE seq IN (
      SELECT seq FROM job INDEXED BY job_unpublished
      WHERE published = 0 AND state = 'ready' AND publish_until <= ? LIMIT ?) RETURNING ${COLUMNS}`
    const rows = this.#sql(sql).all(nowMs + this.#publishMs, nowMs, max) as unknown as Row[]
    return rows.sort((a, b) => a.seq - b.seq).map(asJob)
  }

  /** The broker has taken these over. */
  published(nowMs: number, ids: readonly string[]): void {
    for (const id of ids) this.#sql('UPDATE job SET published = 1, publish_until = ? WHERE id = ?').run(nowMs, id)
  }

  /** Puts back jobs that were published by `beforeMs` and have not been started since; returns how many. */
  putBack(beforeMs: number, max: number): number {
    const sql = `UPDATE job SET published = 0, publish_until = 0 WHERE seq IN (
      SELECT seq FROM job WHERE state = 'ready' AND published = 1 AND publish_until <= ? LIMIT ?)`
    return Number(this.#sql(sql).run(beforeMs, max).changes)
  }
}
