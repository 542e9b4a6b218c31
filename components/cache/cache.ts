import {
  defineComponent,
  duration,
  type Endpoint,
  endpoints,
  type Handler,
  integer,
  json,
  problem,
  Reply,
  size,
} from '@archlab/runtime/kit'
import { LruTable } from './lru-table.ts'
import { readSetCommand } from './set-command.ts'

const PREFIX = '/cache/'
const KEY_CHARACTERS_MAX = 512

const ABSENT = json(200, { value: null })
const OK = json(200, { status: 'ok' })
const KEY_TOO_LONG = problem(414, { detail: `A key has at most ${KEY_CHARACTERS_MAX} characters.` })

/** A cache in a component of its own, shared by whoever is linked to it. */
export default defineComponent({
  kind: 'cache',
  summary: 'A key-value cache in memory: bounded, least recently used goes first, entries may expire.',
  about: `GET /cache/KEY answers {"value":…}, null when the key is absent. POST or PUT /cache/KEY with {"value":…} stores any JSON
value and answers {"status":"ok"}; a "ttl" beside it ("30s", or a number of seconds) makes it expire. DELETE forgets a
key. Keys are percent-encoded in the path and have at most ${KEY_CHARACTERS_MAX} characters.

When max-entries or max-size is reached, the entry that nobody has asked for the longest makes room. Expired entries
are never answered; they are dropped when asked for, or when they are the oldest at the next write. Each replica has a
table of its own: two replicas miss twice, unless a policy sends the same key to the same replica. The "cache" tactic
uses this component with "store: NAME".`,
  settings: {
    'max-entries': integer({ doc: 'Entries held at most.', default: 10_000, min: 1, max: 10_000_000, unit: 'entries' }),
    'max-size': size({ doc: 'Memory for keys and values together.', default: '64mb' }),
    'max-value': size({ doc: 'Largest value, as JSON text; larger ones are answered 413.', default: '256kb' }),
    ttl: duration({
      doc: 'Time to live of entries stored without one; without it they do not expire.',
      optional: true,
    }),
  },
  counters: {
    hits: 'Reads that found an entry.',
    misses: 'Reads that found none.',
    sets: 'Entries stored.',
    evictions: 'Entries that made room for others.',
    expirations: 'Entries dropped because their time was over.',
  },
  gauges: { entries: 'Entries held.', bytes: 'Bytes of keys and values held.' },
  example: `cache:
  kind: cache
  port: 5004
  max-entries: 10000
  ttl: 30s
`,
  check({ ttlMs }) {
    return ttlMs === 0 ? [{ path: ['ttl'], message: 'a time to live of zero would store nothing' }] : []
  },
  create(context) {
    const { maxEntries, maxSizeBytes, maxValueBytes, ttlMs: defaultTtlMs } = context.settings
    const { hits, misses, sets, evictions, expirations } = context.count
    const { entries, bytes } = context.gauge
    const table = new LruTable<Reply>(maxEntries, maxSizeBytes, {
      evicted: () => evictions.add(),
      expired: () => expirations.add(),
    })
    const tooLarge = problem(413, {
      detail: `A value has at most ${Math.min(maxValueBytes, maxSizeBytes)} bytes of JSON text.`,
    })

    function show(): void {
      entries.set(table.size)
      bytes.set(table.bytes)
    }

    function read(key: string, nowMs: number): Reply {
      const reply = table.get(key, nowMs)
      if (reply) {
        hits.add()
        return reply
      }
      misses.add()
      show()
      return ABSENT
    }

    const store: Endpoint = (request, { key = '' }) => {
      if (key.length > KEY_CHARACTERS_MAX) return KEY_TOO_LONG
      const command = readSetCommand(request)
      if (command instanceof Reply) return command
      const valueBytes = Buffer.byteLength(command.json)
      if (valueBytes > maxValueBytes) return tooLarge
      const ttlMs = command.ttlMs ?? defaultTtlMs ?? Number.POSITIVE_INFINITY
      const reply = new Reply(200, OK.headers, `{"value":${command.json}}`)
      const nowMs = request.arrivedAtMs
      const stored = table.set(key, reply, valueBytes + Buffer.byteLength(key), nowMs + ttlMs, nowMs)
      show()
      if (!stored) return tooLarge
      sets.add()
      return OK
    }

    const others = endpoints({
      'GET /cache/:key': (request, { key = '' }) =>
        key.length > KEY_CHARACTERS_MAX ? KEY_TOO_LONG : read(key, request.arrivedAtMs),
      'POST /cache/:key': store,
      'PUT /cache/:key': store,
      'DELETE /cache/:key': (request, { key = '' }) => {
        const deleted = table.delete(key, request.arrivedAtMs)
        show()
        return json(200, { status: 'ok', deleted })
      },
    })
    return fastReads(read, others)
  },
})

/** Answers the common read without taking the path apart; everything unusual goes to `others`. */
function fastReads(read: (key: string, nowMs: number) => Reply, others: Handler): Handler {
  return request => {
    const { method, path } = request
    const plain =
      method === 'GET' &&
      path.length > PREFIX.length &&
      path.length <= PREFIX.length + KEY_CHARACTERS_MAX &&
      path.startsWith(PREFIX) &&
      !path.includes('%') &&
      !path.includes('/', PREFIX.length)
    return plain ? read(path.slice(PREFIX.length), request.arrivedAtMs) : others(request)
  }
}
