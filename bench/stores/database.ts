import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadSqlite } from '@archlab/runtime/kit'
import pg from 'pg'
import { arrived, asOperations, startComponent } from './component.ts'
import { KEYS, keyAt, Missing, type Operations, type StoreCase, valueAt } from './store-case.ts'

/* Reads and writes of records: through the component, and with the driver alone on a table of the same rows. */

const postgresUrl = (): string => process.env.POSTGRES_URL ?? 'postgres://archlab:archlab@127.0.0.1:5432/archlab'
const CONNECTIONS = 10

const CREATE = 'CREATE TABLE record (id text PRIMARY KEY, body text NOT NULL)'
const WRITE = 'ON CONFLICT (id) DO UPDATE SET body = excluded.body'

async function component(settings: Record<string, unknown>, read: boolean): Promise<Operations> {
  const bare = await startComponent('database', { ...settings, records: 0 })
  const write = (at: number) => arrived('PUT', `/records/${keyAt(at)}`, valueAt(at))
  for (let at = 0; at < KEYS; at++) await bare.handler(write(at))
  const requestAt = read ? (at: number) => arrived('GET', `/records/${keyAt(at)}`) : write
  return asOperations(bare, requestAt, read ? 200 : 204)
}

/** Operations on a file in a folder that goes with them. */
async function inFolder(open: (file: string) => Promise<Operations>): Promise<Operations> {
  const folder = mkdtempSync(join(tmpdir(), 'archlab-bench-'))
  const { run, close } = await open(join(folder, 'records.db'))
  return {
    run,
    async close() {
      await close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function sqlite(place: string, read: boolean): Promise<Operations> {
  const database = new (loadSqlite().DatabaseSync)(place)
  if (place !== ':memory:') database.exec('PRAGMA journal_mode = WAL')
  database.exec(CREATE)
  const select = database.prepare('SELECT body FROM record WHERE id = ?')
  const write = database.prepare(`INSERT INTO record (id, body) VALUES (?, ?) ${WRITE}`)
  for (let at = 0; at < KEYS; at++) write.run(keyAt(at), valueAt(at))
  return {
    run(at) {
      if (!read) write.run(keyAt(at), valueAt(at))
      else if (select.get(keyAt(at)) === undefined) throw new Error('SQLite has lost a row')
    },
    close: async () => database.close(),
  }
}

/** A pool in a schema of its own, which goes with it. */
async function ownSchema(): Promise<{ pool: pg.Pool; schema: string; close(): Promise<void> }> {
  const schema = `archlab_bench_${crypto.randomUUID().replaceAll('-', '')}`
  const pool = new pg.Pool({ connectionString: postgresUrl(), max: CONNECTIONS, connectionTimeoutMillis: 2000 })
  pool.on('error', () => {})
  try {
    await pool.query(`CREATE SCHEMA "${schema}"`)
  } catch (error) {
    throw new Missing(`no PostgreSQL (${(error as { code?: string }).code ?? 'no answer'}); POSTGRES_URL says where`)
  }
  const close = async (): Promise<void> => {
    await pool.query(`SET client_min_messages = warning; DROP SCHEMA "${schema}" CASCADE`)
    await pool.end()
  }
  return { pool, schema, close }
}

async function inPostgres(read: boolean): Promise<Operations> {
  const { schema, close } = await ownSchema()
  const operations = await component({ store: postgresUrl(), schema, connections: CONNECTIONS }, read)
  return {
    run: operations.run,
    async close() {
      await operations.close()
      await close()
    },
  }
}

async function postgres(read: boolean): Promise<Operations> {
  const { pool, schema, close } = await ownSchema()
  const table = `"${schema}".record`
  await pool.query(CREATE.replace('record', table))
  const select = { name: 'bench select', text: `SELECT body FROM ${table} WHERE id = $1` }
  const write = { name: 'bench write', text: `INSERT INTO ${table} (id, body) VALUES ($1, $2) ${WRITE}` }
  for (let at = 0; at < KEYS; at++) await pool.query(write, [keyAt(at), valueAt(at)])
  return {
    async run(at) {
      if (!read) await pool.query({ ...write, values: [keyAt(at), valueAt(at)] })
      else {
        const { rows } = await pool.query({ ...select, values: [keyAt(at)] })
        if (rows.length !== 1) throw new Error('PostgreSQL has lost a row')
      }
    },
    close,
  }
}

const MEMORY = 'SQLite in memory'
const FILE = 'SQLite in a file'

const group = (name: string, read: boolean): StoreCase[] => [
  { group: name, store: MEMORY, how: 'component', open: () => component({}, read) },
  { group: name, store: MEMORY, how: 'node:sqlite', open: () => sqlite(':memory:', read) },
  { group: name, store: FILE, how: 'component', open: () => inFolder(store => component({ store }, read)) },
  { group: name, store: FILE, how: 'node:sqlite', open: () => inFolder(store => sqlite(store, read)) },
  { group: name, store: 'PostgreSQL', how: 'component', open: () => inPostgres(read) },
  { group: name, store: 'PostgreSQL', how: 'pg', open: () => postgres(read) },
]

export const databaseCases: readonly StoreCase[] = [...group('record, read', true), ...group('record, write', false)]
