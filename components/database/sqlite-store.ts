import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { type Context, type Disk, type Log, type Meter, type Reply, sqliteFull } from '@archlab/runtime/kit'
import { holds, type Preconditions } from './preconditions.ts'
import { isBusy, isFull, rollBack } from './sqlite-file.ts'
import {
  type ChangePage,
  type DatabaseStore,
  entityTag,
  isCut,
  PAGE_BYTES_MAX,
  type PutOutcome,
  type RemoveOutcome,
  type StoredRecord,
  TRACES_MAX,
  TRACES_STEP,
} from './store.ts'

/** What it needs of a component's context. */
export interface SqliteContext {
  readonly log: Log
  readonly refuse: Context['refuse']
  /** Under its file; `null` where there is none. */
  readonly fileDisk: Disk | null
  /** Operations that could not be done. */
  readonly failures: Meter
}

interface Row {
  readonly id: string
  readonly version: number
  readonly body: string | null
}

/** Records in SQLite. Every operation is done at once, in the thread of its replica. */
export class SqliteStore implements DatabaseStore {
  readonly #database: DatabaseSync
  readonly #context: SqliteContext
  readonly #statements: Statements
  readonly #busy: Reply
  readonly #full: Reply
  readonly #broken: Reply
  #told = false
  #removals = 0

  constructor(database: DatabaseSync, context: SqliteContext) {
    this.#database = database
    this.#context = context
    this.#statements = statementsOf(database)
    this.#busy = context.refuse(503, 'connection_limit_reached', 'store', {
      detail: 'The database is being written by others.',
      headers: { 'retry-after': '1' },
    })
    this.#full = context.refuse(507, 'http_request_denied', 'store', { detail: 'The database is full.' })
    this.#broken = context.refuse(500, 'proxy_internal_error', 'store', { detail: 'The database could not do this.' })
  }

  close(): void {
    this.#database.close()
  }

  message(): string | Reply {
    return this.#attempt(() => this.#message())
  }

  get(id: string): StoredRecord | undefined | Reply {
    return this.#attempt(() => {
      const row = this.#statements.get.get(id) as unknown as (Row & { source: string }) | undefined
      return row && { id, etag: entityTag(row.source, row.version), body: row.body! }
    })
  }

  page(after: string, limit: number): readonly StoredRecord[] | Reply {
    return this.#attempt(() => {
      const { source } = this.#origin()
      const rows = bounded(this.#statements.page.iterate(after, limit))
      return rows.map(({ id, version, body }) => ({ id, etag: entityTag(source, version), body: body! }))
    })
  }

  put(id: string, body: string, preconditions: Preconditions): PutOutcome | Reply {
    return this.#transaction((): PutOutcome => {
      const etag = this.#etag(id)
      if (!holds(preconditions, etag)) return 'failed'
      return { etag: this.#write(id, body), created: etag === undefined }
    })
  }

  remove(id: string, preconditions: Preconditions): RemoveOutcome | Reply {
    return this.#transaction((): RemoveOutcome => {
      const etag = this.#etag(id)
      if (!holds(preconditions, etag)) return 'failed'
      if (etag === undefined) return 'absent'
      this.#write(id, null)
      this.#removals += 1
      if (this.#removals % TRACES_STEP === 0) this.#forgetTraces()
      return 'removed'
    })
  }

  changes(after: number, limit: number): ChangePage | 'forgotten' | Reply {
    // One transaction, so that what is told and up to where fit together.
    return this.#transaction((): ChangePage | 'forgotten' => {
      const { source, forgotten } = this.#origin()
      if (after > 0 && after < forgotten) return 'forgotten'
      // Who starts with nothing need not be told what was removed.
      const changes = bounded(this.#statements.changes.iterate(after, after, limit))
      const complete = !isCut(changes, limit)
      const position = complete ? this.#latest() : changes.at(-1)!.version
      return { source, position, complete, message: this.#message(), changes }
    }, this.#statements.beginReading)
  }

  /**
   * Takes over changes of another data set. With `anew` everything else is removed first. Throws when that cannot be done;
   * then nothing is.
   */
  apply({ source, message, changes }: ChangePage, anew: boolean): void {
    this.#database.exec('BEGIN IMMEDIATE')
    try {
      if (anew) this.#statements.clear.run()
      for (const { id, version, body } of changes) {
        if (body === null) this.#statements.drop.run(id)
        else this.#statements.copy.run(id, version, body)
      }
      this.#statements.setSource.run(source)
      this.#statements.setMessage.run(message)
      this.#database.exec('COMMIT')
    } catch (error) {
      rollBack(this.#database)
      throw error
    }
  }

  #message(): string {
    const text = this.#statements.message.get()?.text
    if (typeof text !== 'string') throw new Error('the message is gone')
    return text
  }

  #origin(): { source: string; forgotten: number } {
    const row = this.#statements.origin.get()
    if (!row) throw new Error('the row of the data set is gone')
    return row as unknown as { source: string; forgotten: number }
  }

  /** Number of the latest change. Its record still has it, or a trace of it. */
  #latest(): number {
    return Number(this.#statements.latest.get()?.version)
  }

  #etag(id: string): string | undefined {
    const row = this.#statements.get.get(id)
    return row && entityTag(String(row.source), Number(row.version))
  }

  /** Changes a record; the outcome is its new entity tag. */
  #write(id: string, body: string | null): string {
    const row = this.#statements.write.get(id, body)
    if (!row) throw new Error('the row of the data set is gone')
    return entityTag(String(row.source), Number(row.version))
  }

  #forgetTraces(): void {
    const edge = this.#statements.edge.get(TRACES_MAX)
    if (!edge) return
    this.#statements.forget.run(Number(edge.version))
    this.#statements.forgotten.run(Number(edge.version))
  }

  #transaction<Value>(work: () => Value, begin = this.#statements.begin): Value | Reply {
    return this.#attempt(() => {
      begin.run()
      try {
        const outcome = work()
        if (begin === this.#statements.begin && this.#context.fileDisk?.isFull) throw sqliteFull()
        this.#statements.commit.run()
        return outcome
      } catch (error) {
        rollBack(this.#database)
        throw error
      }
    })
  }

  #attempt<Value>(work: () => Value): Value | Reply {
    try {
      const outcome = work()
      this.#told = false
      return outcome
    } catch (error) {
      this.#context.failures.add()
      if (isBusy(error)) return this.#busy
      if (isFull(error)) return this.#full
      // Once per trouble, not once per request.
      if (!this.#told) this.#context.log.error('database-unusable', { reason: String(error) })
      this.#told = true
      return this.#broken
    }
  }
}

/** Rows until there are enough bytes; at least one. */
function bounded(rows: Iterable<unknown>): Row[] {
  const taken: Row[] = []
  let bytes = 0
  for (const row of rows as Iterable<Row>) {
    taken.push(row)
    bytes += row.body === null ? 0 : Buffer.byteLength(row.body)
    if (bytes >= PAGE_BYTES_MAX) break
  }
  return taken
}

const REPLACE = 'ON CONFLICT (id) DO UPDATE SET version = excluded.version, body = excluded.body'

type Statements = ReturnType<typeof statementsOf>

function statementsOf(database: DatabaseSync) {
  const sql = (text: string): StatementSync => database.prepare(text)
  return {
    begin: sql('BEGIN IMMEDIATE'),
    beginReading: sql('BEGIN'),
    commit: sql('COMMIT'),
    message: sql('SELECT text FROM message WHERE id = 1'),
    origin: sql('SELECT source, forgotten FROM origin'),
    get: sql('SELECT source, record.version, body FROM record, origin WHERE record.id = ? AND body IS NOT NULL'),
    page: sql('SELECT id, version, body FROM record WHERE id > ? AND body IS NOT NULL ORDER BY id LIMIT ?'),
    write: sql(`INSERT INTO record (id, version, body)
      SELECT ?, coalesce(max(version), 0) + 1, ? FROM record WHERE true ${REPLACE}
      RETURNING version, (SELECT source FROM origin) AS source`),
    latest: sql('SELECT coalesce(max(version), 0) AS version FROM record'),
    copy: sql(`INSERT INTO record (id, version, body) VALUES (?, ?, ?) ${REPLACE}`),
    changes: sql(`SELECT id, version, body FROM record
      WHERE version > ? AND (? > 0 OR body IS NOT NULL) ORDER BY version LIMIT ?`),
    edge: sql('SELECT version FROM record WHERE body IS NULL ORDER BY version DESC LIMIT 1 OFFSET ?'),
    forget: sql('DELETE FROM record WHERE body IS NULL AND version <= ?'),
    forgotten: sql('UPDATE origin SET forgotten = ?'),
    clear: sql('DELETE FROM record'),
    drop: sql('DELETE FROM record WHERE id = ?'),
    setSource: sql('UPDATE origin SET source = ?'),
    setMessage: sql('UPDATE message SET text = ?'),
  }
}
