import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { ArchlabError, loadSqlite } from '@archlab/runtime/kit'
import { APPLICATION_ID, SCHEMA, SCHEMA_VERSION } from './schema.ts'

/** How long is waited for the lock of another connection; the thread stands still meanwhile. */
export const BUSY_MS = 5000
const RETRY_MS = 20

/** When a commit counts as done. */
export type Synchronous = 'full' | 'normal'

/**
 * Opens the file of a queue, or with `null` a database in memory, and makes its tables where they are missing. With `full`
 * every commit is on the disk before it counts as done; with `normal` it is with the operating system, and survives the end
 * of the process but not of the machine (sqlite.org/pragma.html#pragma_synchronous). Throws LAB_STORE_UNUSABLE.
 */
export function openDatabase(file: string | null, synchronous: Synchronous): DatabaseSync {
  const untilMs = performance.now() + BUSY_MS
  for (;;) {
    try {
      return open(file, synchronous)
    } catch (error) {
      // Replicas that make the same new file at once get in each other's way, whatever the time limit of a statement.
      if (!isBusy(error) || performance.now() > untilMs) throw unusable(file, error)
      pause(RETRY_MS)
    }
  }
}

function open(file: string | null, synchronous: Synchronous): DatabaseSync {
  let database: DatabaseSync | undefined
  try {
    if (file !== null) mkdirSync(dirname(file), { recursive: true })
    database = new (loadSqlite().DatabaseSync)(file ?? ':memory:', { timeout: 0 })
    assertOurs(database)
    // A write-ahead log: one flush per commit, and readers do not wait for the writer.
    if (file !== null) database.exec('PRAGMA journal_mode = WAL')
    // The second one makes macOS flush the disk's own cache too; it does nothing elsewhere.
    database.exec(
      synchronous === 'full' ? 'PRAGMA synchronous = FULL; PRAGMA fullfsync = ON' : 'PRAGMA synchronous = NORMAL',
    )
    makeTables(database)
    return database
  } catch (error) {
    database?.close()
    throw error
  }
}

const CELL = new Int32Array(new SharedArrayBuffer(4))

/** Stands still for so many milliseconds, or fractions of one. */
export function pause(ms: number): void {
  Atomics.wait(CELL, 0, 0, ms)
}

const SQLITE_BUSY = 5
const SQLITE_LOCKED = 6

/** True when another connection held the lock. */
export function isBusy(error: unknown): boolean {
  // The low byte is the primary result code (sqlite.org/rescode.html).
  const code = Number((error as { errcode?: unknown }).errcode) & 255
  return code === SQLITE_BUSY || code === SQLITE_LOCKED
}

/** Throws before anything is written to the database of something else. True when it is new. */
function assertOurs(database: DatabaseSync): boolean {
  const [application, version] = [pragma(database, 'application_id'), pragma(database, 'user_version')]
  const tables = Number(database.prepare('SELECT count(*) AS n FROM sqlite_schema').get()?.n)
  if (application === 0 && version === 0 && tables === 0) return true
  if (application !== APPLICATION_ID) throw new Error('it is the database of something else')
  if (version !== SCHEMA_VERSION) throw new Error(`it has version ${version}, and this lab reads ${SCHEMA_VERSION}`)
  return false
}

function makeTables(database: DatabaseSync): void {
  database.exec('BEGIN IMMEDIATE')
  try {
    // Another replica may have been quicker.
    if (assertOurs(database)) {
      database.exec(`${SCHEMA}; PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${SCHEMA_VERSION}`)
    }
    database.exec('COMMIT')
  } catch (error) {
    database.exec('ROLLBACK')
    throw error
  }
}

function pragma(database: DatabaseSync, name: string): number {
  return Number(Object.values(database.prepare(`PRAGMA ${name}`).get() ?? {})[0])
}

function unusable(file: string | null, cause: unknown): ArchlabError {
  const reason = cause instanceof Error ? cause.message : String(cause)
  return new ArchlabError('LAB_STORE_UNUSABLE', `the job queue ${file ?? 'in memory'} cannot be used: ${reason}`, {
    hint: 'name a file that this user may write with queue-file, or use queue: memory',
    cause,
  })
}
