import type { Statements } from './statements.ts'
import type { RequestKey } from './table-types.ts'

/** Keys forgotten per call, so that no transaction gets long. */
const FORGET_MAX = 500

/** Idempotency keys of accepted submissions: which request each came with, and the job it led to. */
export class KeyTable {
  readonly #sql: Statements
  readonly #max: number
  readonly #ttlMs: number

  constructor(sql: Statements, max: number, ttlMs: number) {
    this.#sql = sql
    this.#max = max
    this.#ttlMs = ttlMs
  }

  /** What is known of the key; `null` when it is new, or so old that it counts as new. */
  find({ key }: RequestKey, nowMs: number): { fingerprint: string; job: string } | null {
    const row = this.#sql('SELECT fingerprint, job FROM idempotency_key WHERE key = ? AND expires_at > ?').get(
      key,
      nowMs,
    )
    return row ? { fingerprint: String(row.fingerprint), job: String(row.job) } : null
  }

  /** Remembers a new key; the oldest goes when there are too many. */
  add({ key, fingerprint }: RequestKey, job: string, nowMs: number): void {
    if (this.#max === 0) return
    this.#sql('DELETE FROM idempotency_key WHERE key = ?').run(key)
    const values = [key, fingerprint, job, nowMs + this.#ttlMs]
    this.#sql('INSERT INTO idempotency_key (key, fingerprint, job, expires_at) VALUES (?, ?, ?, ?)').run(...values)
    const excess = Number(this.#sql(`SELECT n FROM job_count WHERE state = 'key'`).get()?.n) - this.#max
    if (excess > 0) this.#drop('expires_at <= 9e15', Math.min(excess, FORGET_MAX))
  }

  /** Forgets keys whose time is over. */
  forget(nowMs: number): void {
    this.#drop('expires_at <= ?', FORGET_MAX, nowMs)
  }

  #drop(which: string, max: number, ...values: number[]): void {
    const sql = `DELETE FROM idempotency_key WHERE key IN (
      SELECT key FROM idempotency_key WHERE ${which} ORDER BY expires_at LIMIT ?)`
    this.#sql(sql).run(...values, max)
  }
}
