import { mkdirSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { ArchlabError, type Clock, sleep } from '@archlab/runtime/kit'
import { loadSqlite } from './sqlite.ts'

/** How long one statement waits for another connection's lock. It blocks the thread, so it is short. */
const BUSY_MS = 100
/** How often opening is tried while other replicas prepare the same file. */
const TRIES_MAX = 50
const RETRY_MS = 20

/** The message that a new database holds. */
export const MESSAGE = 'Fetched fresh data from DB'

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS message (id INTEGER PRIMARY KEY CHECK (id = 1), text TEXT NOT NULL);
`

/** A table with one message, in an SQLite database. */
export interface MessageStore {
  /** Reads the message from the table. Throws when the database cannot be read or the row is gone. */
  read(): string
  close(): void
}

/**
 * Opens the database and makes sure the table and its row are there; several connections may do so at once.
 * `store` is `memory`, or a file named relative to the working directory. Throws LAB_STORE_UNUSABLE when it cannot be
 * made, opened or written, or holds something else.
 */
export async function openStore(store: string, clock: Clock): Promise<MessageStore> {
  const place = store === 'memory' || store === ':memory:' ? ':memory:' : resolve(store)
  for (let tries = 1; ; tries++) {
    try {
      return open(place)
    } catch (error) {
      if (!isBusy(error) || tries >= TRIES_MAX) throw unusable(place, error)
      await sleep(clock, RETRY_MS)
    }
  }
}

function open(place: string): MessageStore {
  if (place !== ':memory:') mkdirSync(dirname(place), { recursive: true })
  const { DatabaseSync } = loadSqlite()
  const database = new DatabaseSync(place, { timeout: BUSY_MS })
  try {
    // Readers and the writer of a write-ahead log do not wait for one another (sqlite.org/wal.html).
    if (place !== ':memory:') database.exec('PRAGMA journal_mode = WAL')
    seed(database)
    const select = database.prepare('SELECT text FROM message WHERE id = 1')
    const read = (): string => {
      const text = select.get()?.text
      if (typeof text !== 'string') throw new Error('the message is gone')
      return text
    }
    read()
    return { read, close: () => database.close() }
  } catch (error) {
    database.close()
    throw error
  }
}

/** Writes only what is missing: a second start, or a second replica, changes nothing. */
function seed(database: DatabaseSync): void {
  database.exec('BEGIN IMMEDIATE')
  try {
    database.exec(SCHEMA)
    database.prepare('INSERT INTO message (id, text) VALUES (1, ?) ON CONFLICT (id) DO NOTHING').run(MESSAGE)
    database.exec('COMMIT')
  } catch (error) {
    database.exec('ROLLBACK')
    throw error
  }
}

const SQLITE_BUSY = 5
const SQLITE_LOCKED = 6

function isBusy(error: unknown): boolean {
  const { errcode } = error as { errcode?: unknown }
  // The low byte is the primary result code (sqlite.org/rescode.html).
  return typeof errcode === 'number' && ((errcode & 255) === SQLITE_BUSY || (errcode & 255) === SQLITE_LOCKED)
}

function unusable(place: string, cause: unknown): ArchlabError {
  const reason = cause instanceof Error ? cause.message : String(cause)
  return new ArchlabError('LAB_STORE_UNUSABLE', `the database ${place} cannot be used: ${reason}`, {
    hint: 'name a file that this user may write and that is an SQLite database of this lab, or use store: memory',
    cause,
  })
}
