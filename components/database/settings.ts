import {
  component,
  type Decoded,
  distribution,
  duration,
  integer,
  type SettingProblem,
  size,
  text,
} from '@archlab/runtime/kit'
import { isMemory } from './sqlite-file.ts'

/** Records that a new database is filled with unless told otherwise. */
export const RECORDS = 1000
/** Largest database in SQLite unless told otherwise. */
export const SIZE_MAX_BYTES = 256 * 1024 ** 2
/** The PostgreSQL schema of the tables, connections at most, and time for a statement, unless told otherwise. */
export const SCHEMA = 'archlab'
export const CONNECTIONS = 10
export const TIMEOUT_MS = 1000
/** How often a copy asks for changes unless told otherwise. */
export const REPLICATION_INTERVAL_MS = 100

export const settings = {
  store: text({
    doc: 'memory, the path of a database file (relative to the folder in which the lab is started), or postgres://HOST/DATABASE.',
    default: 'memory',
    pattern: '\\S',
  }),
  latency: distribution({
    doc: 'How long every request takes, beside what the database itself needs.',
    default: '0ms',
  }),
  records: integer({
    doc: 'Records that a new database is filled with (default 1000).',
    min: 0,
    max: 100_000,
    unit: 'records',
    optional: true,
  }),
  'max-record': size({ doc: 'Largest record; larger ones are answered 413.', default: '64kb' }),
  'max-size': size({
    doc: 'Largest database in SQLite (default 256mb); what does not fit is answered 507.',
    optional: true,
  }),
  schema: text({
    doc: 'PostgreSQL schema that holds the tables (default archlab).',
    pattern: '^[a-z_][a-z0-9_]{0,62}$',
    optional: true,
  }),
  connections: integer({
    doc: 'Connections to PostgreSQL at most, for each replica (default 10).',
    min: 1,
    max: 1000,
    unit: 'connections',
    optional: true,
  }),
  timeout: duration({ doc: 'How long PostgreSQL may take for a statement (default 1s); then 504.', optional: true }),
  'replica-of': component({
    doc: 'A database component of which this one keeps a copy that can only be read.',
    optional: true,
  }),
  'replication-lag': distribution({
    doc: 'How much later than asked for the copy shows a change (default 0ms).',
    optional: true,
  }),
  'replication-interval': duration({ doc: 'How often the copy asks for changes (default 100ms).', optional: true }),
} as const

export type DatabaseSettings = Decoded<typeof settings>

/** True of what means to be the address of a PostgreSQL, right or wrong. */
export const isPostgres = (store: string): boolean => /^postgres(?:ql)?:/i.test(store)

const ONLY_SQLITE = { maxSizeBytes: 'max-size' } as const
const ONLY_POSTGRES = { schema: 'schema', connections: 'connections', timeoutMs: 'timeout' } as const
const ONLY_COPY = { replicationLag: 'replication-lag', replicationIntervalMs: 'replication-interval' } as const

/** Mistakes the schema cannot express. They never quote `store`, which may hold a password. */
export function check(one: DatabaseSettings): SettingProblem[] {
  const problems: SettingProblem[] = []
  const refuse = (names: Readonly<Record<string, string>>, message: (name: string) => string): void => {
    for (const [key, name] of Object.entries(names)) {
      if (Object.hasOwn(one, key)) problems.push({ path: [name], message: message(name), hint: 'remove it', key: true })
    }
  }
  const message = storeProblem(one.store)
  if (message !== undefined) problems.push({ path: ['store'], message, hint: STORES })
  if (one.timeoutMs === 0) problems.push({ path: ['timeout'], message: 'no time is too little' })
  if (one.replicationIntervalMs === 0) {
    problems.push({ path: ['replication-interval'], message: 'asking without a pause would do nothing else' })
  }
  if (isPostgres(one.store)) refuse(ONLY_SQLITE, name => `${name} is for a store in SQLite`)
  else refuse(ONLY_POSTGRES, name => `${name} is for a store in PostgreSQL`)
  if (one.replicaOf === undefined) refuse(ONLY_COPY, name => `${name} is for a copy: it needs replica-of`)
  else {
    if (!isMemory(one.store)) problems.push({ path: ['store'], message: 'a copy is kept in memory', hint: 'remove it' })
    refuse({ records: 'records' }, () => 'a copy has the records of what it is a copy of')
  }
  return problems
}

const STORES = 'write memory, the path of a file, or postgres://USER:PASSWORD@HOST:PORT/DATABASE'

function storeProblem(store: string): string | undefined {
  if (isPostgres(store)) {
    return /^postgres(?:ql)?:\/\//i.test(store) && URL.canParse(store)
      ? undefined
      : 'this is no address of a PostgreSQL'
  }
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(store) ? 'there is no store of this kind' : undefined
}
