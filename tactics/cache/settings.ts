import {
  choice,
  type Decoded,
  duration,
  EVICTION_NAMES,
  flag,
  integer,
  link,
  list,
  type SettingProblem,
  size,
  text,
} from '@archlab/runtime/kit'

export const settings = {
  ttl: duration({
    default: '30s',
    doc: 'How long a reply is fresh; a reply can shorten it with Cache-Control: max-age.',
  }),
  'stale-while-revalidate': duration({
    default: '0s',
    doc: 'How long after ttl a reply is still given at once, while one call in the background fetches a fresh one.',
  }),
  'stale-if-error': duration({
    default: '0s',
    doc: 'How long after ttl a reply stands in for an origin that answers 5xx or too late.',
  }),
  'negative-ttl': duration({
    default: '0s',
    doc: 'How long a reply with one of negative-statuses is kept; 0s keeps none.',
  }),
  'negative-statuses': list(integer({ min: 400, max: 499, doc: 'A status code.' }), {
    default: [404, 410],
    doc: 'Status codes that negative-ttl applies to.',
  }),
  eviction: choice(EVICTION_NAMES, {
    default: 'lru',
    doc: 'Who leaves own memory when it is full: the entry used longest ago, or what SIEVE or S3-FIFO choose.',
  }),
  'max-entries': integer({
    min: 1,
    max: 10_000_000,
    default: 10_000,
    unit: 'entries',
    doc: 'Entries kept in own memory; beyond that eviction chooses one that leaves.',
  }),
  'max-memory': size({ default: '64mb', doc: 'Bytes kept in own memory.' }),
  'max-entry': size({ default: '256kb', doc: 'Larger bodies are not stored.' }),
  'max-variants': integer({
    min: 1,
    max: 100,
    default: 8,
    unit: 'variants',
    doc: 'Replies kept under one key that differ by the request fields in their Vary; the oldest leaves.',
  }),
  'max-revalidations': integer({
    min: 1,
    max: 10_000,
    default: 64,
    unit: 'calls',
    doc: 'Calls in the background at once; beyond that a stale reply is given without one.',
  }),
  key: text({
    optional: true,
    pattern: '^[\\x21-\\x7e]{1,200}$',
    doc: 'One entry under this name for all requests and clients (default: one for each path, query and Authorization).',
  }),
  coalesce: flag({ default: true, doc: 'Concurrent misses of one key make one call to the origin.' }),
  statuses: list(integer({ min: 200, max: 499, doc: 'A status code.' }), {
    default: [200],
    doc: 'Replies with these status codes are stored for ttl.',
  }),
  store: link({
    optional: true,
    doc: 'A cache component that keeps the entries instead of own memory, or several: { to: [a, b], policy: random }.',
  }),
  'store-timeout': duration({ default: '200ms', doc: 'How long the store may take before the origin is called.' }),
} as const

export type CacheSettings = Decoded<typeof settings>

// 206 is a part of something, 304 says to use a copy that somebody else has.
const NEVER_STORED = [206, 304]

/** Mistakes the schema cannot express. */
export function check({ statuses }: CacheSettings): SettingProblem[] {
  return statuses.flatMap((status, at) =>
    NEVER_STORED.includes(status)
      ? [{ path: ['statuses', at], message: `a reply with status ${status} is no copy for others`, hint: 'remove it' }]
      : [],
  )
}
