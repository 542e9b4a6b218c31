import { RemoteStore, type RemoteStoreContext, type Request } from '@archlab/runtime/kit'
import {
  judge,
  openPostgres,
  type PostgresConnection,
  type PostgresOptions,
  type Row,
  reason,
  SETUP_MS,
} from './postgres-connection.ts'
import { statements } from './postgres-statements.ts'
import { type Preconditions, versionsIn } from './preconditions.ts'
import {
  type Attempt,
  type ChangePage,
  type DatabaseStore,
  entityTag,
  isCut,
  type PutOutcome,
  type RecordChange,
  type RemoveOutcome,
  type StoredRecord,
  TRACES_STEP,
} from './store.ts'

/** Records in PostgreSQL. */
export class PostgresStore implements DatabaseStore {
  readonly #store: RemoteStore<PostgresConnection>
  readonly #sql: ReturnType<typeof statements>
  #removals = 0

  private constructor(store: RemoteStore<PostgresConnection>, schema: string) {
    this.#store = store
    this.#sql = statements(schema)
  }

  /** Resolves when PostgreSQL is connected, or the first attempt was in vain. `close` it. */
  static async open(options: PostgresOptions, context: RemoteStoreContext): Promise<PostgresStore> {
    const { timeoutMs, schema } = options
    const doubts = new Doubts((one, why) => store.lost(one, why))
    const store: RemoteStore<PostgresConnection> = new RemoteStore(
      {
        open: cancellation => openPostgres(options, cancellation, one => doubts.examine(one)),
        discard: connection => connection.destroy(),
        suspect: connection => doubts.examine(connection),
        reason,
        judge,
        timeoutMs,
        attemptMs: 2 * timeoutMs + SETUP_MS,
      },
      context,
    )
    await store.start()
    return new PostgresStore(store, schema)
  }

  close(): void {
    this.#store.close()
  }

  message(request: Request): Attempt<string> {
    return this.#store.run(request, async connection => {
      const [row] = await connection.query(this.#sql.message, [])
      return textOf(row?.text)
    })
  }

  get(id: string, request: Request): Attempt<StoredRecord | undefined> {
    return this.#store.run(request, async connection => {
      const [row] = await connection.query(this.#sql.get, [id])
      return row && { id, etag: entityTag(connection.source, Number(row.version)), body: String(row.body) }
    })
  }

  page(after: string, limit: number, request: Request): Attempt<readonly StoredRecord[]> {
    return this.#store.run(request, async connection => {
      const rows = await connection.query(this.#sql.page, [after, limit])
      return rows.map(row => ({
        id: String(row.id),
        etag: entityTag(connection.source, Number(row.version)),
        body: String(row.body),
      }))
    })
  }

  put(id: string, body: string, preconditions: Preconditions, request: Request): Attempt<PutOutcome> {
    return this.#store.run(request, async (connection): Promise<PutOutcome> => {
      const { match, allowed, excluded } = parameters(preconditions, connection.source)
      const [row] =
        match === undefined
          ? await connection.query(this.#sql.put, [id, body, allowed, excluded])
          : await connection.query(this.#sql.replace, [id, body, match, allowed, excluded])
      if (!row) return 'failed'
      return { etag: entityTag(connection.source, Number(row.version)), created: row.since === row.version }
    })
  }

  remove(id: string, preconditions: Preconditions, request: Request): Attempt<RemoveOutcome> {
    return this.#store.run(request, async (connection): Promise<RemoveOutcome> => {
      const { match, allowed, excluded } = parameters(preconditions, connection.source)
      const [row] = await connection.query(this.#sql.remove, [id, null, match ?? null, allowed, excluded])
      if (row?.gone !== true) return match !== undefined || row?.seen === true ? 'failed' : 'absent'
      this.#removals += 1
      if (this.#removals % TRACES_STEP === 0) await connection.query(this.#sql.forget, [])
      return 'removed'
    })
  }

  changes(after: number, limit: number, request: Request): Attempt<ChangePage | 'forgotten'> {
    return this.#store.run(request, async (connection): Promise<ChangePage | 'forgotten'> => {
      const [drained] = await connection.query(this.#sql.drained, [])
      const changes = (await connection.query(this.#sql.changes, [after, limit])).map(changeOf)
      // Read last: traces that were removed in between are missing above.
      const [origin] = await connection.query(this.#sql.origin, [])
      if (after > 0 && after < Number(origin?.forgotten)) return 'forgotten'
      const decided = Number(drained?.version)
      const complete = !isCut(changes, limit)
      // Beyond what is decided an earlier number may still turn up: such changes are told again.
      const position = complete ? decided : Math.min(decided, changes.at(-1)!.version)
      return { source: textOf(origin?.source), position, complete, message: textOf(origin?.message), changes }
    })
  }
}

/** Preconditions as parameters of the statements. */
function parameters({ match, noneMatch }: Preconditions, source: string) {
  return {
    /** Versions of which the record must have one; `null` for any, `undefined` when it may also be absent. */
    match: match === undefined ? undefined : match === '*' ? null : versionsIn(match.filter(strong), source),
    /** Whether there may be a record at all. */
    allowed: noneMatch !== '*',
    /** Versions that it must not have. */
    excluded: noneMatch === undefined || noneMatch === '*' ? [] : versionsIn(noneMatch, source),
  }
}

const strong = ({ weak }: { weak: boolean }): boolean => !weak

const changeOf = ({ id, version, body }: Row): RecordChange => ({
  id: String(id),
  version: Number(version),
  body: body === null ? null : String(body),
})

function textOf(value: unknown): string {
  if (typeof value !== 'string') throw Object.assign(new Error('a row is gone'), { severity: 'ERROR', code: 'P0002' })
  return value
}

/** Finds out whether the server is still there, after a connection was lost or did not answer. */
class Doubts {
  readonly #lost: (connection: PostgresConnection, reason: string) => void
  #under: PostgresConnection | undefined = undefined

  constructor(lost: (connection: PostgresConnection, reason: string) => void) {
    this.#lost = lost
  }

  examine(connection: PostgresConnection): void {
    if (this.#under === connection) return
    this.#under = connection
    connection
      .check()
      // A server that is too busy, or full, is there.
      .catch((error: unknown) => judge(error) === 'lost' && this.#lost(connection, reason(error)))
      .finally(() => {
        this.#under = undefined
      })
  }
}
