import { createHash } from 'node:crypto'
import { Socket } from 'node:net'
import { type Cancellation, errorCode, type StoreTrouble } from '@archlab/runtime/kit'
import type { Client, Pool, PoolClient } from 'pg'
import { MESSAGE, seedRecords } from './seed.ts'
import { newSource } from './sqlite-file.ts'

/** Connections to a PostgreSQL whose tables are there. */
export interface PostgresConnection {
  /** Name of the data set. */
  readonly source: string
  /** Runs a prepared statement; each is one transaction. */
  query(statement: Statement, values: readonly unknown[]): Promise<Row[]>
  /** Resolves when the server answers on a connection of its own. */
  check(): Promise<void>
  destroy(): void
}

/** A statement, and the name under which each connection prepares it. */
export interface Statement {
  readonly name: string
  readonly text: string
}

/** A row as the driver gives it: 64-bit numbers are text. */
export type Row = Readonly<Record<string, unknown>>

/** What `openPostgres` is given. */
export interface PostgresOptions {
  readonly url: string
  readonly schema: string
  /** Records that new tables are filled with. */
  readonly records: number
  /** Connections open at most. */
  readonly connections: number
  /** How long a statement may take, and opening a connection. */
  readonly timeoutMs: number
}

/** How long making and filling the tables may take, which other replicas wait for. */
export const SETUP_MS = 10_000

/**
 * Opens a pool of connections and makes sure that the tables are there; several replicas may do so at once. Rejects when
 * that cannot be. `doubted` is called when a connection of the pool has broken while nobody used it.
 */
export async function openPostgres(
  options: PostgresOptions,
  cancellation: Cancellation,
  doubted: (connection: PostgresConnection) => void,
): Promise<PostgresConnection> {
  const { default: driver } = await import('pg')
  // The driver parts from a connection politely, which a server that says nothing never answers.
  const sockets = new Set<Socket>()
  const config = configOf(options, sockets)
  const pool = new driver.Pool({ ...config, max: options.connections, idleTimeoutMillis: 0 })
  const destroy = (): void => {
    pool.end().catch(() => {})
    for (const socket of sockets) socket.destroy()
  }
  const unsubscribe = cancellation.onCancel(destroy)
  try {
    const connection: PostgresConnection = {
      source: await setUp(pool, options),
      query: async ({ name, text }, values) => (await pool.query({ name, text, values: [...values] })).rows,
      check: () => answers(new driver.Client({ ...config, connectionTimeoutMillis: Math.ceil(options.timeoutMs) })),
      destroy,
    }
    pool.on('error', () => doubted(connection))
    return connection
  } catch (error) {
    pool.on('error', () => {})
    destroy()
    throw error
  } finally {
    unsubscribe()
  }
}

function configOf({ url, timeoutMs }: PostgresOptions, sockets: Set<Socket>) {
  const limitMs = Math.ceil(timeoutMs)
  return {
    connectionString: url,
    application_name: 'archlab',
    keepAlive: true,
    // The server ends a statement that nobody waits for any more; when it does not answer even then, the driver gives the
    // connection up.
    statement_timeout: Math.ceil(1.5 * limitMs),
    query_timeout: 2 * limitMs,
    connectionTimeoutMillis: 2 * limitMs,
    stream: () => {
      const socket = new Socket()
      sockets.add(socket)
      return socket.once('close', () => sockets.delete(socket))
    },
  }
}

async function answers(client: Client): Promise<void> {
  client.on('error', () => {})
  try {
    await client.connect()
    await client.query('SELECT 1')
  } finally {
    client.end().catch(() => {})
  }
}

/** Writes only what is missing. The outcome is the name of the data set. */
async function setUp(pool: Pool, options: PostgresOptions): Promise<string> {
  const client = await pool.connect()
  // Its loss also fails the query under way.
  client.on('error', () => {})
  try {
    await client.query(`SET statement_timeout = ${SETUP_MS}`)
    if (!(await isThere(client, options))) await make(client, options)
    const { rows } = await client.query(`SELECT source FROM "${options.schema}".origin`)
    await client.query('RESET statement_timeout')
    client.release()
    return rows[0].source
  } catch (error) {
    client.release(true)
    throw error
  }
}

/** The tables are made in one transaction, the last one tells for all. */
async function isThere(client: PoolClient, { schema }: PostgresOptions): Promise<boolean> {
  const { rows } = await client.query('SELECT to_regclass($1) IS NOT NULL AS there', [`"${schema}".origin`])
  return rows[0].there
}

async function make(client: PoolClient, { schema, records }: PostgresOptions): Promise<void> {
  try {
    await client.query('BEGIN')
    // CREATE IF NOT EXISTS alone fails when two do it at once.
    await client.query(`SELECT pg_advisory_xact_lock(${lockKey(`make ${schema}`)})`)
    await client.query(tables(schema))
    await client.query(`INSERT INTO "${schema}".message (id, text) VALUES (1, $1) ON CONFLICT DO NOTHING`, [MESSAGE])
    const { rowCount } = await client.query(
      `INSERT INTO "${schema}".origin (id, source, forgotten) VALUES (1, $1, 0) ON CONFLICT DO NOTHING`,
      [newSource()],
    )
    if (rowCount === 1) await fill(client, schema, records)
    await client.query('COMMIT')
  } catch (error) {
    await client.query('ROLLBACK').catch(() => {})
    throw error
  }
}

async function fill(client: PoolClient, schema: string, count: number): Promise<void> {
  const seeds = seedRecords(count)
  await client.query(
    `INSERT INTO "${schema}".record (id, version, since, body)
     SELECT id, version, version, body
     FROM (SELECT nextval('"${schema}".version') AS version, id, body FROM unnest($1::text[], $2::text[]) AS seed (id, body))
       AS numbered`,
    [seeds.map(({ id }) => id), seeds.map(({ body }) => body)],
  )
}

const tables = (schema: string): string => `
  CREATE SCHEMA IF NOT EXISTS "${schema}";
  CREATE TABLE IF NOT EXISTS "${schema}".message (id integer PRIMARY KEY CHECK (id = 1), text text NOT NULL);
  -- Numbers of changes; a record's is drawn anew with every change.
  CREATE SEQUENCE IF NOT EXISTS "${schema}".version;
  -- A removed record leaves a row without a body. since: the change that made it, for the last time.
  CREATE TABLE IF NOT EXISTS "${schema}".record (
    id text COLLATE "C" PRIMARY KEY, version bigint NOT NULL UNIQUE, since bigint NOT NULL, body text
  );
  CREATE INDEX IF NOT EXISTS removed ON "${schema}".record (version) WHERE body IS NULL;
  -- The data set: its name, and up to which change traces of removed records are gone.
  CREATE TABLE IF NOT EXISTS "${schema}".origin (
    id integer PRIMARY KEY CHECK (id = 1), source text NOT NULL, forgotten bigint NOT NULL
  );
`

/** The key of an advisory lock: a signed 64-bit number that hardly anything else has. */
export const lockKey = (name: string): string =>
  createHash('sha256').update(`archlab ${name}`).digest().readBigInt64BE().toString()

/** Classes of SQLSTATE that pass with time (PostgreSQL documentation, appendix A). */
const PASSING = /^(?:40|53|55|57014|57P03|25006)/
/** Those with which the server ends a connection. */
const ENDED = /^(?:08|57P01|57P02|57P05)/

/** What an error of a statement means. */
export function judge(error: unknown): StoreTrouble {
  const code = sqlState(error)
  if (code === undefined || ENDED.test(code)) return 'lost'
  return PASSING.test(code) ? 'refused' : 'broken'
}

/** The error's SQLSTATE, e.g. `28P01` for a wrong password; else what the driver means, or the error's code or class. */
export function reason(error: unknown): string {
  const state = sqlState(error)
  if (state !== undefined) return state
  const message = error instanceof Error ? error.message : ''
  if (/^(?:timeout expired|timeout exceeded|Query read timeout)|connection timeout$/.test(message)) return 'timeout'
  if (message.startsWith('Connection terminated')) return 'terminated'
  return /\bSSL\b/.test(message) ? 'tls' : errorCode(error)
}

/** Errors that the server itself has sent also have a severity. */
function sqlState(error: unknown): string | undefined {
  const { code, severity } = Object(error) as { code?: unknown; severity?: unknown }
  return typeof severity === 'string' && typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) ? code : undefined
}
