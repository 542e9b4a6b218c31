import type { JobTable } from './job-table.ts'
import type { Statements } from './statements.ts'
import type { LostAttempt } from './table-types.ts'

/** A replica that works with the table. Several of one lab may share it; two labs must not. */
export interface Holder {
  /** New at every start. */
  readonly id: string
  /** The same for all replicas of one start of the lab. */
  readonly lab: string
  readonly replica: string
  /** Process it lives in. */
  readonly pid: number
}

/** How often a holder says that it lives. */
const SEEN_EVERY_MS = 5000
/** A holder silent for so long is gone, whatever lives under its process id now. */
const SEEN_MAX_MS = 20_000

/** Who holds the table: keeps two labs apart, and knows at once which claimed jobs have lost their worker. */
export class Holders {
  readonly #sql: Statements
  readonly #table: JobTable
  readonly #self: Holder
  #seenAtMs = 0

  constructor(sql: Statements, table: JobTable, self: Holder) {
    this.#sql = sql
    this.#table = table
    this.#self = self
  }

  /**
   * Enters this replica. Holders whose process is dead, and earlier lives of this replica, are removed and their jobs tried
   * again at once, without waiting for leases. Returns the process id of another lab that holds the table, which leaves
   * everything as it was.
   */
  enter(nowMs: number): { rival: number } | { rival: null; lost: readonly LostAttempt[] } {
    const { id, lab, replica } = this.#self
    const others = this.#sql('SELECT id, lab, replica, pid, seen_at AS seenAtMs FROM holder WHERE id <> ?').all(id)
    const lives = (one: Record<string, unknown>): boolean =>
      Number(one.seenAtMs) > nowMs - SEEN_MAX_MS && isAlive(Number(one.pid))
    const rival = others.find(one => one.lab !== lab && lives(one))
    if (rival) return { rival: Number(rival.pid) }
    const lost = others
      .filter(one => one.lab !== lab || one.replica === replica || !lives(one))
      .flatMap(one => this.#remove(nowMs, String(one.id)))
    this.#write(nowMs)
    return { rival: null, lost }
  }

  /** Says from time to time that this replica lives. */
  beat(nowMs: number): void {
    if (nowMs - this.#seenAtMs >= SEEN_EVERY_MS) this.#write(nowMs)
  }

  /** Takes this replica out; what it still runs is tried again by others. */
  leave(nowMs: number): void {
    this.#remove(nowMs, this.#self.id)
  }

  #write(nowMs: number): void {
    const { id, lab, replica, pid } = this.#self
    const sql = 'INSERT OR REPLACE INTO holder (id, lab, replica, pid, seen_at) VALUES (?, ?, ?, ?, ?)'
    this.#sql(sql).run(id, lab, replica, pid, nowMs)
    this.#seenAtMs = nowMs
  }

  #remove(nowMs: number, id: string): readonly LostAttempt[] {
    this.#sql('DELETE FROM holder WHERE id = ?').run(id)
    return this.#table.loseHolder(nowMs, id)
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // EPERM: it lives, and belongs to somebody else.
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
