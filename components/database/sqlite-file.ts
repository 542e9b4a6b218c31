import { mkdirSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { ArchlabError, type Clock, loadSqlite, sleep } from '@archlab/runtime/kit'
import { MESSAGE, seedRecords } from './seed.ts'

/** How long one statement waits for another connection's lock. It blocks the thread, so it is short. */
const BUSY_MS = 100
/** How often opening is tried while other replicas prepare the same file. */
const TRIES_MAX = 50
const RETRY_MS = 20

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS message (id INTEGER PRIMARY KEY CHECK (id = 1), text TEXT NOT NULL);
  -- The data set: its name, and up to which change traces of removed records are gone.
  CREATE TABLE IF NOT EXISTS origin (
    id INTEGER PRIMARY KEY CHECK (id = 1), source TEXT NOT NULL, forgotten INTEGER NOT NULL
  );
  -- version: number of its latest change; the largest is that of the latest of all. A removed record leaves a row without a body.
  CREATE TABLE IF NOT EXISTS record (id TEXT PRIMARY KEY NOT NULL, version INTEGER NOT NULL UNIQUE, body TEXT);
  CREATE INDEX IF NOT EXISTS removed ON record (version) WHERE body IS NULL;
`

/** What an existing database must have to be one of this lab. */
const PROBES = [
  'SELECT text FROM message',
  'SELECT source, forgotten FROM origin',
  'SELECT id, version, body FROM record',
]

/** What `openSqlite` is given. */
export interface SqliteOptions {
  /** `memory`, or a file named relative to the working directory. */
  readonly store: string
  /** Records that a new database is filled with. */
  readonly records: number
  /** Largest database. */
  readonly maxSizeBytes: number
}

/** True of a database that goes with its replica. */
export const isMemory = (store: string): boolean => store === 'memory' || store === ':memory:'

/**
 * Opens the database and makes sure its tables are there; several connections may do so at once. Throws
 * LAB_STORE_UNUSABLE when it cannot be made, opened or written, or holds something else.
 */
export async function openSqlite(options: SqliteOptions, clock: Clock): Promise<DatabaseSync> {
  const place = isMemory(options.store) ? ':memory:' : resolve(options.store)
  for (let tries = 1; ; tries++) {
    try {
      return open(place, options)
    } catch (error) {
      if (!isBusy(error) || tries >= TRIES_MAX) throw unusable(place, error)
      await sleep(clock, RETRY_MS)
    }
  }
}

function open(place: string, { records, maxSizeBytes }: SqliteOptions): DatabaseSync {
  if (place !== ':memory:') mkdirSync(dirname(place), { recursive: true })
  const { DatabaseSync } = loadSqlite()
  const database = new DatabaseSync(place, { timeout: BUSY_MS })
  try {
    // Readers and the writer of a write-ahead log do not wait for one another (sqlite.org/wal.html).
    if (place !== ':memory:') database.exec('PRAGMA journal_mode = WAL')
    const pageBytes = Number(database.prepare('PRAGMA page_size').get()?.page_size)
    database.exec(`PRAGMA max_page_count = ${Math.max(1, Math.floor(maxSizeBytes / pageBytes))}`)
    prepare(database, records)
    for (const probe of PROBES) database.prepare(probe)
    return database
  } catch (error) {
    database.close()
    throw error
  }
}

/** Writes only what is missing: a second start, or a second replica, changes nothing. */
function prepare(database: DatabaseSync, records: number): void {
  database.exec('BEGIN IMMEDIATE')
  try {
    database.exec(SCHEMA)
    database.prepare('INSERT INTO message (id, text) VALUES (1, ?) ON CONFLICT (id) DO NOTHING').run(MESSAGE)
    const origin = database.prepare('INSERT INTO origin VALUES (1, ?, 0) ON CONFLICT (id) DO NOTHING')
    const { changes } = origin.run(newSource())
    if (Number(changes) === 1) {
      const insert = database.prepare('INSERT INTO record (id, version, body) VALUES (?, ?, ?)')
      for (const [at, { id, body }] of seedRecords(records).entries()) insert.run(id, at + 1, body)
    }
    database.exec('COMMIT')
  } catch (error) {
    rollBack(database)
    throw error
  }
}

/** A name for a new data set: part of its entity tags. */
export const newSource = (): string => crypto.randomUUID().slice(0, 8)

/** Ends a transaction that has failed; some errors have ended it already (sqlite.org/lang_transaction.html). */
export function rollBack(database: DatabaseSync): void {
  try {
    database.exec('ROLLBACK')
  } catch {
    // There was none any more.
  }
}

const SQLITE_BUSY = 5
const SQLITE_LOCKED = 6
const SQLITE_FULL = 13

// The low byte is the primary result code (sqlite.org/rescode.html).
function resultCode(error: unknown): number | undefined {
  const { errcode } = Object(error) as { errcode?: unknown }
  return typeof errcode === 'number' ? errcode & 255 : undefined
}

/** Another connection has the database's lock. */
export const isBusy = (error: unknown): boolean => [SQLITE_BUSY, SQLITE_LOCKED].includes(resultCode(error) ?? -1)

/** The database has reached its largest size, or the disk is full. */
export const isFull = (error: unknown): boolean => resultCode(error) === SQLITE_FULL

function unusable(place: string, cause: unknown): ArchlabError {
  const reason = cause instanceof Error ? cause.message : String(cause)
  return new ArchlabError('LAB_STORE_UNUSABLE', `the database ${place} cannot be used: ${reason}`, {
    hint: 'name a file that this user may write and that is an SQLite database of this lab, or use store: memory',
    cause,
  })
}
