import type { DatabaseSync } from 'node:sqlite'
import {
  type ComponentContext,
  defineComponent,
  type Endpoint,
  endpoints,
  type Handler,
  meanOf,
  sampler,
  sleep,
} from '@archlab/runtime/kit'
import { Copy } from './copy.ts'
import { PostgresStore } from './postgres-store.ts'
import { changesEndpoint, readEndpoints, writeEndpoints } from './records-api.ts'
import {
  CONNECTIONS,
  check,
  isPostgres,
  RECORDS,
  REPLICATION_INTERVAL_MS,
  SCHEMA,
  SIZE_MAX_BYTES,
  settings,
  TIMEOUT_MS,
} from './settings.ts'
import { isMemory, openSqlite } from './sqlite-file.ts'
import { SqliteStore } from './sqlite-store.ts'

const counters = {
  reads: 'Reads of the message and of records.',
  writes: 'Changes of records.',
  conflicts: 'Changes refused because the record was not as If-Match or If-None-Match wanted it.',
  store_failures: 'Operations that the store could not do.',
  reconnects: 'Connections to PostgreSQL opened after one was lost, or could not be had.',
  changes_applied: 'Changes of the original that a copy has taken over.',
  resyncs: 'Times that a copy was begun anew.',
} as const
const gauges = {
  connected: '1 while the store can be used, else 0.',
  staleness_ms:
    'How old what a copy shows was at most, in milliseconds, when it was last updated or asked for changes.',
} as const

type DatabaseContext = ComponentContext<typeof settings, keyof typeof counters, keyof typeof gauges>

/** A database with a message and records, that answers after a declared latency. */
export default defineComponent({
  kind: 'database',
  fixed: ['settings'],
  summary: 'A database with a small data set, in SQLite or PostgreSQL, that answers after a declared latency.',
  about: `GET /db reads the message from its table and answers {"message":"Fetched fresh data from DB"}.

GET, PUT and DELETE /records/ID read, write and remove a record: any JSON, stored byte for byte. Every reply to a read has
the record's ETag, another one after each change. If-Match and If-None-Match make requests conditional (RFC 9110 §13): a
read of what the reader already has is answered 304, a change of what somebody else has changed meanwhile 412, and
If-None-Match: * creates only what is not there. A change checks and writes in one transaction, so of several clients that
change the same version exactly one succeeds. GET /records lists records by id, ?after=ID&limit=N page by page. A new
database has 1000 records, with the ids 1 to 1000.

The latency stands for the work of a larger database: requests wait side by side, so limit them with a tactic if the real
one would queue. A caller that goes away ends its wait.

With "store: memory" every replica has a database of its own, gone when it stops. A file is shared by all replicas and
kept; its folder is made when missing, and what is in it is left as it is: change it with any SQLite tool and the next
request shows it. With "store: postgres://HOST/DATABASE" the tables are made in a schema when they are not there. While
PostgreSQL is away every operation is answered 503 at once, with Retry-After, and 504 when it takes longer than timeout.

With replica-of the component keeps a copy of another database in memory. It asks for changes (GET /changes) and shows them
after replication-lag, answers reads with x-archlab-staleness-ms and Age, how old the answer is at most, and refuses
changes with 405. The "read-replica" tactic sends reads to it.`,
  settings,
  counters,
  gauges,
  example: `database:
  kind: database
  port: 5002
  store: memory
  latency: { lognormal: { mean: 50ms, cv: 0.5 } }
`,
  check,
  model: ({ latency }) => {
    const meanMs = meanOf(latency)
    return [{ match: '/*', steps: meanMs > 0 ? [{ type: 'work', meanMs, time: latency, resource: 'sleep' }] : [] }]
  },
  async create(context) {
    const original = context.link('replica-of')
    if (original) return copyHandler(context, original)
    return answers(context, isPostgres(context.settings.store) ? await inPostgres(context) : await inSqlite(context))
  },
  // A store in memory stands for a file and for PostgreSQL, which all replicas share and which outlives them.
  async simulate(context) {
    const original = context.link('replica-of')
    if (original) return copyHandler(context, original)
    if (isMemory(context.settings.store)) return answers(context, await inSqlite(context))
    return answers(context, storeOn(await context.common(() => openIn('memory', context)), context))
  },
})

function answers(context: DatabaseContext, store: SqliteStore | PostgresStore): Handler {
  const options = { ...context.count, maxRecordBytes: context.settings.maxRecordBytes }
  return endpoints({
    ...delayed(context, { ...readEndpoints(store, options), ...writeEndpoints(store, options) }),
    ...changesEndpoint(store),
  })
}

async function inSqlite(context: DatabaseContext): Promise<SqliteStore> {
  const { settings, scope } = context
  const store = storeOn(await openIn(settings.store, context), context)
  scope.defer(() => store.close())
  return store
}

function openIn(store: string, { settings, clock }: DatabaseContext): Promise<DatabaseSync> {
  const options = {
    store,
    records: settings.replicaOf === undefined ? (settings.records ?? RECORDS) : 0,
    maxSizeBytes: settings.maxSizeBytes ?? SIZE_MAX_BYTES,
  }
  return openSqlite(options, clock)
}

function storeOn(opened: DatabaseSync, context: DatabaseContext): SqliteStore {
  const fileDisk = isMemory(context.settings.store) ? null : context.disk()
  context.gauge.connected.set(1)
  return new SqliteStore(opened, { ...context, fileDisk, failures: context.count.store_failures })
}

async function inPostgres(context: DatabaseContext): Promise<PostgresStore> {
  const { settings, scope, gauge, count } = context
  const { reconnects, store_failures: failures } = count
  const options = {
    url: settings.store,
    schema: settings.schema ?? SCHEMA,
    records: settings.records ?? RECORDS,
    connections: settings.connections ?? CONNECTIONS,
    timeoutMs: settings.timeoutMs ?? TIMEOUT_MS,
  }
  const store = await PostgresStore.open(options, { ...context, connected: gauge.connected, reconnects, failures })
  scope.defer(() => store.close())
  return store
}

async function copyHandler(
  context: DatabaseContext,
  link: NonNullable<ReturnType<DatabaseContext['link']>>,
): Promise<Handler> {
  const { settings, count, gauge, scope, random } = context
  const store = await inSqlite(context)
  const copy = new Copy({
    ...context,
    store,
    link,
    lagMs: settings.replicationLag ? sampler(settings.replicationLag, random) : () => 0,
    intervalMs: settings.replicationIntervalMs ?? REPLICATION_INTERVAL_MS,
    applied: count.changes_applied,
    resyncs: count.resyncs,
    stalenessMs: gauge.staleness_ms,
  })
  scope.defer(() => copy.close())
  copy.start()
  const options = { ...count, maxRecordBytes: settings.maxRecordBytes }
  return copy.wrap(endpoints(delayed(context, readEndpoints(store, options))))
}

/** The endpoints, each after the declared latency; without one they answer in the same turn. */
function delayed(context: DatabaseContext, table: Readonly<Record<string, Endpoint>>): Record<string, Endpoint> {
  const { clock, random, settings } = context
  const draw = sampler(settings.latency, random)
  const gone = context.refuse(503, 'connection_terminated', 'database', { detail: 'The caller has gone.' })
  const later =
    (endpoint: Endpoint): Endpoint =>
    (request, parameters) => {
      const delayMs = draw()
      if (delayMs <= 0) return endpoint(request, parameters)
      const { cancellation } = request
      return sleep(clock, delayMs, listener => cancellation.onCancel(listener)).then(waited =>
        waited ? endpoint(request, parameters) : gone,
      )
    }
  return Object.fromEntries(Object.entries(table).map(([match, endpoint]) => [match, later(endpoint)]))
}
