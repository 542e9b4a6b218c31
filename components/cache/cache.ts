import {
  type ComponentContext,
  defineComponent,
  type Endpoint,
  endpoints,
  type Handler,
  Reply,
  type Scope,
} from '@archlab/runtime/kit'
import type { CacheStore } from './cache-store.ts'
import { MemoryStore } from './memory-store.ts'
import { isRedis, readAddress } from './redis-address.ts'
import { RedisStore } from './redis-store.ts'
import { KEY_CHARACTERS_MAX, KEY_TOO_LONG, tooLarge } from './replies.ts'
import { readSetCommand } from './set-command.ts'
import { BYTES_MAX, check, ENTRIES_MAX, KEY_PREFIX, settings, TIMEOUT_MS } from './settings.ts'

const PREFIX = '/cache/'

const counters = {
  hits: 'Reads that found an entry.',
  misses: 'Reads that found none.',
  sets: 'Entries stored.',
  evictions: 'Entries that made room for others; in memory.',
  expirations: 'Entries dropped because their time was over; in memory.',
  store_failures: 'Operations that Redis did not do.',
  reconnects: 'Connections to Redis opened after one was lost, or could not be had.',
} as const
const gauges = {
  entries: 'Entries held in memory.',
  bytes: 'Bytes of keys and values held in memory.',
  connected: '1 while the store can be used, else 0.',
} as const

type CacheContext = ComponentContext<typeof settings, keyof typeof counters, keyof typeof gauges>

/** A cache in a component of its own, shared by whoever is linked to it. */
export default defineComponent({
  kind: 'cache',
  summary: 'A key-value cache, in memory or in Redis; entries may expire.',
  about: `GET /cache/KEY answers {"value":…}, null when the key is absent. POST or PUT /cache/KEY with {"value":…} stores any JSON
value and answers {"status":"ok"}; a "ttl" beside it ("30s", or a number of seconds) makes it expire. DELETE forgets a
key. Keys are percent-encoded in the path and have at most ${KEY_CHARACTERS_MAX} characters.

In memory, when max-entries or max-size is reached, the entry that nobody has asked for the longest makes room. Expired
entries are never answered; they are dropped when asked for, or when they are the oldest at the next write. Each replica
has a table of its own: two replicas miss twice, unless a policy sends the same key to the same replica.

With "store: redis://HOST:PORT" all replicas share what is in Redis, under key-prefix; what makes room there is Redis'
business. While Redis is away every operation is answered 503 at once, with Retry-After, and 504 when Redis takes longer
than timeout; the connection is opened anew, after 100 ms at first and every 5 s at last. The "cache" tactic uses this
component with "store: NAME", and asks the origin when it gets no answer.`,
  settings,
  counters,
  gauges,
  example: `cache:
  kind: cache
  port: 5004
  max-entries: 10000
  ttl: 30s
`,
  check: (one, { readText }) => check(one, readText),
  room: ({ store, maxEntries = ENTRIES_MAX }) =>
    isRedis(store) ? { entries: null, shared: true } : { entries: maxEntries, shared: false },
  async prepare({ settings: { tlsCa }, readText }) {
    return { prepared: tlsCa === undefined ? undefined : readText(tlsCa) }
  },
  create(context) {
    if (!isRedis(context.settings.store)) return handler(context, inMemory(context))
    return inRedis(context).then(store => handler(context, store))
  },
  // A table in memory that all replicas share stands for Redis.
  simulate(context) {
    const isShared = isRedis(context.settings.store)
    return handler(context, isShared ? context.common(() => inMemory(context)) : inMemory(context))
  },
})

function inMemory({ settings, count, gauge, clock, keep }: CacheContext): CacheStore {
  const { maxEntries = ENTRIES_MAX, maxSizeBytes = BYTES_MAX } = settings
  gauge.connected.set(1)
  const store = keep('entries', {}, () => new MemoryStore(maxEntries, maxSizeBytes, { ...count, ...gauge }))
  store.resize(maxEntries, maxSizeBytes, clock.nowMs())
  return store
}

function inRedis(context: CacheContext): Promise<CacheStore> {
  const { store, keyPrefix, timeoutMs } = context.settings
  const connection = { store, keyPrefix, timeoutMs, ca: context.prepared }
  return context.keep('connection', connection, scope => connected(context, scope))
}

async function connected(context: CacheContext, scope: Scope): Promise<CacheStore> {
  const { settings, count, gauge, prepared } = context
  const address = readAddress(settings.store)
  if (typeof address === 'string') throw new TypeError(address)
  const options = {
    address,
    ca: prepared as string | undefined,
    keyPrefix: settings.keyPrefix ?? KEY_PREFIX,
    timeoutMs: settings.timeoutMs ?? TIMEOUT_MS,
  }
  const { reconnects, store_failures: failures } = count
  const remote = { ...context, scope, connected: gauge.connected, reconnects, failures }
  const store = await RedisStore.open(options, remote, count)
  scope.defer(() => store.close())
  return store
}

function handler(context: CacheContext, store: CacheStore): Handler {
  const { maxValueBytes, ttlMs: defaultTtlMs } = context.settings
  const valueTooLarge = tooLarge(maxValueBytes)

  const write: Endpoint = (request, { key = '' }) => {
    if (key.length > KEY_CHARACTERS_MAX) return KEY_TOO_LONG
    const command = readSetCommand(request)
    if (command instanceof Reply) return command
    if (Buffer.byteLength(command.json) > maxValueBytes) return valueTooLarge
    return store.write(key, command.json, command.ttlMs ?? defaultTtlMs, request)
  }

  const others = endpoints({
    'GET /cache/:key': (request, { key = '' }) =>
      key.length > KEY_CHARACTERS_MAX ? KEY_TOO_LONG : store.read(key, request),
    'POST /cache/:key': write,
    'PUT /cache/:key': write,
    'DELETE /cache/:key': (request, { key = '' }) => store.forget(key, request),
  })
  return fastReads(store, others)
}

/** Answers the common read without taking the path apart; everything unusual goes to `others`. */
function fastReads(store: CacheStore, others: Handler): Handler {
  return request => {
    const { method, path } = request
    const plain =
      method === 'GET' &&
      path.length > PREFIX.length &&
      path.length <= PREFIX.length + KEY_CHARACTERS_MAX &&
      path.startsWith(PREFIX) &&
      !path.includes('%') &&
      !path.includes('/', PREFIX.length)
    return plain ? store.read(path.slice(PREFIX.length), request) : others(request)
  }
}
