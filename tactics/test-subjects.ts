import { type Handler, json, Reply } from '@archlab/runtime/kit'

/** What the suite has to know of one tactic. A tactic of the catalog that has no line here fails the suite. */
export interface Subject {
  /** Settings without a default; the others are left at theirs. */
  settings: Record<string, unknown>
  links: Record<string, Handler>
  /** Counters of which each request adds one to exactly one. */
  partition: readonly string[]
  /**
   * Settings that bound its tables to 10, and how many of 100 different requests it then still remembers; absent when it
   * remembers nothing about requests that are answered.
   */
  bounded?: Record<string, unknown>
  remembered?: (counts: Record<string, number>, sendAgain: () => Promise<Record<string, number>>) => Promise<number>
  /** An edit of settings that what it knows does not depend on; `null` when it knows nothing from one request to the next. */
  edit: Edit | null
}

export interface Edit extends Course {
  /** Before the edit, in place of the subject's. */
  readonly settings?: Record<string, unknown>
  /** What the edit changes. */
  readonly change: Record<string, unknown>
}

/** What happens to forty requests. */
export interface Course {
  /** So many calls of the origin fail; 22 unless given. */
  readonly failures?: number
  /** How long the origin takes for a request; it answers at once unless given. */
  readonly tookMs?: (at: number) => number
  readonly method?: (at: number) => string
}

export const SUBJECTS: Readonly<Record<string, Subject>> = {
  'rate-limit': {
    settings: { max: 5 },
    links: {},
    partition: ['allowed', 'rejected'],
    bounded: { max: 1, key: 'path', 'max-keys': 10 },
    remembered: async counts => 100 - counts.keys_dropped!,
    edit: { change: { headers: 'all', 'max-keys': 20 } },
  },
  auth: {
    settings: { with: 'login' },
    links: {
      with: async request => (String(request.body).includes('good') ? json(200, { valid: true }) : json(403, {})),
    },
    partition: ['allowed', 'rejected', 'failed'],
    bounded: { with: 'login', 'verdict-ttl': '1h', 'max-verdicts': 10 },
    // The newest first, so that asking again does not itself push out what is to be found.
    remembered: async (counts, sendAgain) => (await sendAgain()).cached! - counts.cached!,
    edit: { settings: { with: 'login', 'verdict-ttl': '1h' }, change: { reject: 403, 'max-verdicts': 20 } },
  },
  cache: {
    settings: {},
    links: {},
    partition: ['hit', 'miss', 'bypassed'],
    bounded: { 'max-entries': 10 },
    remembered: async (counts, sendAgain) => (await sendAgain()).hit! - counts.hit!,
    edit: { change: { ttl: '1h', 'max-entries': 20_000, 'max-memory': '32mb', coalesce: false } },
  },
  timeout: {
    settings: {},
    links: {},
    partition: ['passed', 'timed_out', 'left'],
    edit: null,
  },
  'circuit-breaker': {
    settings: {},
    links: {},
    partition: ['allowed', 'rejected'],
    edit: { change: { on: [500, 502, 503], ignore: [404], 'slow-call': '1s' } },
  },
  bulkhead: {
    settings: {},
    links: {},
    partition: ['allowed', 'rejected', 'timed_out', 'left'],
    // One is under way when the edit comes.
    edit: { settings: { 'max-concurrent': 1 }, change: { order: 'lifo', queue: 0 }, tookMs: () => 25, failures: 0 },
  },
  retry: {
    settings: {},
    links: {},
    partition: ['allowed', 'recovered', 'exhausted', 'budget_refused', 'gave_up', 'not_retryable'],
    edit: { change: { attempts: 4, 'max-backoff': '300ms' }, failures: 60 },
  },
  hedge: {
    settings: {},
    links: {},
    partition: ['allowed', 'hedged', 'budget_refused', 'ineligible'],
    edit: { settings: { budget: '100%' }, change: { budget: '90%' }, tookMs: at => (at < 25 ? 4 : 60), failures: 0 },
  },
  fallback: {
    settings: { to: 'copy' },
    links: { to: async () => json(200, {}) },
    partition: ['passed', 'replaced', 'failed'],
    edit: null,
  },
  'read-replica': {
    settings: { to: 'reader', 'read-your-writes': '1s', 'max-staleness': '1s' },
    // Fails and is too old by turns, so that what is wrapped is asked.
    links: { to: async request => new Reply(request.path === '/' ? 503 : 200, '', 'fine') },
    partition: ['replica', 'primary', 'replica_failed', 'too_stale'],
    edit: {
      settings: { to: 'reader', 'read-your-writes': '1s' },
      change: { on: ['5xx'], 'max-staleness': '1h' },
      method: at => (at === 20 ? 'POST' : 'GET'),
    },
  },
  'restrict-login': {
    settings: {},
    links: {},
    partition: ['allowed', 'rejected'],
    edit: { settings: { by: 'source', 'source-free': 2, on: [503] }, change: { by: 'both', account: 'name' } },
  },
  fault: {
    settings: {},
    links: {},
    partition: ['passed', 'failed', 'dropped'],
    edit: null,
  },
}
