import { type Decoded, duration, integer, type SettingProblem, size, text } from '@archlab/runtime/kit'
import { isRedis, readAddress } from './redis-address.ts'

/** How many entries, and bytes of them, a table in memory holds unless told otherwise. */
export const ENTRIES_MAX = 10_000
export const BYTES_MAX = 64 * 1024 ** 2
/** What stands before the keys of a lab in Redis unless told otherwise. */
export const KEY_PREFIX = 'archlab:'
/** How long Redis may take for an operation unless told otherwise. */
export const TIMEOUT_MS = 1000

export const settings = {
  store: text({
    doc: 'memory, or a Redis: redis://HOST:PORT/DATABASE, rediss:// with TLS, redis-cluster://HOST:PORT,HOST:PORT.',
    default: 'memory',
    pattern: '\\S',
  }),
  'max-entries': integer({
    doc: 'Entries held at most (default 10,000); of store: memory.',
    min: 1,
    max: 10_000_000,
    unit: 'entries',
    optional: true,
  }),
  'max-size': size({
    doc: 'Memory for keys and values together (default 64mb); of store: memory.',
    optional: true,
  }),
  'max-value': size({ doc: 'Largest value, as JSON text; larger ones are answered 413.', default: '256kb' }),
  ttl: duration({
    doc: 'Time to live of entries stored without one; without it they do not expire.',
    optional: true,
  }),
  'key-prefix': text({
    doc: 'What stands before every key in Redis (default archlab:), so that several programs can share one.',
    pattern: '^[\\x21-\\x7e]{0,100}$',
    optional: true,
  }),
  timeout: duration({ doc: 'How long Redis may take for an operation (default 1s); then 504.', optional: true }),
  'tls-ca': text({
    doc: 'File with the certificates (PEM) that Redis must be vouched for by; by default those that Node.js trusts.',
    pattern: '\\S',
    optional: true,
  }),
} as const

export type CacheSettings = Decoded<typeof settings>

/** Settings that mean nothing to one of the stores, and what to do instead. */
const ONLY_MEMORY = {
  maxEntries: ['max-entries', 'give Redis a limit of its own: maxmemory and maxmemory-policy in its configuration'],
  maxSizeBytes: ['max-size', 'give Redis a limit of its own: maxmemory and maxmemory-policy in its configuration'],
} as const
const ONLY_REDIS = { keyPrefix: 'key-prefix', timeoutMs: 'timeout', tlsCa: 'tls-ca' } as const

/** Mistakes the schema cannot express. They never quote `store`, which may hold a password. */
export function check(one: CacheSettings, readText: (path: string) => string): SettingProblem[] {
  const problems: SettingProblem[] = []
  const add = (path: string, message: string, hint?: string): void => {
    problems.push({ path: [path], message, ...(hint === undefined ? {} : { hint }) })
  }
  const misplaced = (path: string, message: string, hint: string): void => {
    problems.push({ path: [path], message, hint, key: true })
  }
  if (one.ttlMs === 0) add('ttl', 'a time to live of zero would store nothing')
  if (one.timeoutMs === 0) add('timeout', 'no time is too little')
  if (!isRedis(one.store)) {
    if (one.store !== 'memory') add('store', 'this is no store', STORES)
    for (const [key, path] of Object.entries(ONLY_REDIS)) {
      if (Object.hasOwn(one, key))
        misplaced(path, `${path} is for a store in Redis`, 'remove it, or write store: redis://…')
    }
    return problems
  }
  const address = readAddress(one.store)
  if (typeof address === 'string') add('store', address, STORES)
  for (const [key, [path, hint]] of Object.entries(ONLY_MEMORY)) {
    if (Object.hasOwn(one, key)) misplaced(path, `${path} is for store: memory`, hint)
  }
  if (one.tlsCa !== undefined) {
    if (typeof address === 'object' && !address.tls) add('tls-ca', 'there is no TLS with this store', STORES)
    else if (!readable(one.tlsCa, readText)) add('tls-ca', 'this file cannot be read')
  }
  return problems
}

const STORES = 'write memory, redis://127.0.0.1:6379/0, rediss://… for TLS, or redis-cluster://HOST:PORT,HOST:PORT'

function readable(path: string, readText: (path: string) => string): boolean {
  try {
    return readText(path).length > 0
  } catch {
    return false
  }
}
