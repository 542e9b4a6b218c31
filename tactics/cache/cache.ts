import {
  type Cancellation,
  defineTactic,
  type Handler,
  type Reply,
  type Request,
  SingleFlight,
  type TacticContext,
  whenReplied,
} from '@archlab/runtime/kit'
import { cacheKey } from './cache-key.ts'
import { memberName, withStatus } from './cache-status.ts'
import { Entry } from './entry.ts'
import { Memory } from './memory.ts'
import { lifetimeMs, type StorageRules, shareable } from './reply-rules.ts'
import { type Bypass, bypassOf, REFRESH } from './request-rules.ts'
import { check, settings } from './settings.ts'
import { StoreClient } from './store-client.ts'

type Counter = 'hit' | 'miss' | 'bypassed' | 'stored' | 'coalesced' | 'evicted' | 'store_failed'

/** What one piece of work, shared by all who wait for it, brought. */
type Found =
  | { readonly entry: Entry }
  /** From the origin; `shareable` when it is also for those who only joined. */
  | { readonly reply: Reply; readonly stored: boolean; readonly shareable: boolean }

/** Answers from kept replies where it can. */
export default defineTactic({
  name: 'cache',
  summary: 'Keeps replies for a while and answers from them.',
  about:
    'Only GET and HEAD without body, range or condition are answered, and only replies that say nothing against it are ' +
    'kept (Cache-Control, Set-Cookie, Vary). Cache-Status tells what happened, Age how old the reply is. Concurrent misses ' +
    'of one key make one call, and its reply goes to all of them; failures are never kept. Entries lie in own memory, one ' +
    'set for each replica, or in a cache component (store), one for all; a store that fails or is slow is passed by. ' +
    'Without key, entries are separate for each Authorization. With key there is one entry for everybody: combine it with ' +
    'match. Writes do not remove entries, so ttl bounds how stale a reply can be.',
  realises: 'maintain multiple copies of data',
  settings,
  counters: {
    hit: 'Requests answered from a kept reply.',
    miss: 'Requests that found none.',
    bypassed: 'Requests that must go to the origin.',
    stored: 'Replies stored.',
    coalesced: 'Requests that joined the work of another.',
    evicted: 'Entries that left because own memory was full.',
    store_failed: 'Times the store failed, refused or was too slow.',
  },
  gauges: { entries: 'Entries in own memory.' },
  example: '- cache: { ttl: 30s }',
  check,

  create(context) {
    const cache = new Cache(context)
    context.scope.defer(() => cache.close())
    return next => request => cache.handle(request, next)
  },
})

class Cache {
  readonly #context: TacticContext<typeof settings, Counter, 'entries'>
  readonly #member: string
  readonly #keyOf: (request: Request) => string
  readonly #rules: StorageRules
  readonly #memory: Memory | undefined
  readonly #store: StoreClient | undefined
  readonly #flights: SingleFlight<Found>
  readonly #left: Reply

  constructor(context: TacticContext<typeof settings, Counter, 'entries'>) {
    const { settings: one, clock, count, gauge } = context
    const link = context.link('store')
    this.#context = context
    this.#member = memberName(context.self.replica)
    this.#keyOf = cacheKey(one.key, link ? `${context.address} ` : '')
    this.#rules = { ...one, keyedByAuthorization: one.key === undefined }
    if (link) {
      const limits = { timeoutMs: one.storeTimeoutMs, maxEntries: one.maxEntries, statuses: one.statuses }
      this.#store = new StoreClient(link.call, clock, limits, count.store_failed)
    } else {
      const limits = { maxEntries: one.maxEntries, maxBytes: one.maxMemoryBytes }
      this.#memory = new Memory(limits, count.evicted, gauge.entries)
    }
    this.#flights = new SingleFlight(clock)
    this.#left = context.refuse(504, 'http_response_timeout', 'cache', { detail: 'The origin did not answer in time.' })
  }

  close(): void {
    this.#flights.close()
    this.#store?.close()
  }

  handle(request: Request, next: Handler): Reply | Promise<Reply> {
    const bypass = bypassOf(request)
    if (bypass !== undefined) return this.#pass(request, next, bypass)
    const key = this.#keyOf(request)
    const kept = this.#memory?.get(key)
    if (kept?.isFresh(request.arrivedAtMs)) {
      this.#context.count.hit.add()
      return this.#context.reportOnly ? next(request) : kept.hit(request.arrivedAtMs, this.#member)
    }
    if (this.#context.reportOnly) return this.#observe(key, request, next)
    return this.#find(key, request, next, kept ? 'fwd=stale' : 'fwd=uri-miss')
  }

  /** A request that the cache does not answer. */
  #pass(request: Request, next: Handler, bypass: Bypass): Reply | Promise<Reply> {
    this.#context.count.bypassed.add()
    if (this.#context.reportOnly) return next(request)
    if (bypass !== REFRESH || request.method === 'HEAD') {
      return whenReplied(next(request), reply => withStatus(reply, this.#member, bypass))
    }
    const filled = this.#fill(this.#keyOf(request), request, next)
    return then(filled, found => this.#fromOrigin(found, bypass))
  }

  /** A miss in own memory, or any request when there is a store. */
  #find(key: string, request: Request, next: Handler, forwarded: string): Reply | Promise<Reply> {
    const { miss, coalesced } = this.#context.count
    // A HEAD reply fills no entry, and a GET must not be answered by one.
    const flight = request.method === 'HEAD' ? `HEAD ${key}` : key
    const joined = this.#context.settings.coalesce && this.#flights.joins(flight)
    if (joined) coalesced.add()
    const missed = (error: unknown): never => {
      miss.add()
      throw error
    }
    let found: Found | undefined | Promise<Found | undefined>
    try {
      found = this.#context.settings.coalesce
        ? this.#flights.run(flight, request, cancellation => this.#work(key, request, next, cancellation))
        : this.#work(key, request, next, request.cancellation)
    } catch (error) {
      return missed(error)
    }
    if (found instanceof Promise) {
      return found.then(one => this.#answer(one, request, next, forwarded, joined), missed)
    }
    return this.#answer(found, request, next, forwarded, joined)
  }

  /** What all who miss the same key wait for. */
  #work(key: string, request: Request, next: Handler, cancellation: Cancellation): Found | Promise<Found> {
    const fill = (): Found | Promise<Found> => {
      return this.#fill(key, cancellation === request.cancellation ? request : detach(request, cancellation), next)
    }
    if (!this.#store) return fill()
    return this.#store.get(key, request, cancellation).then(entry => (entry ? { entry } : fill()))
  }

  /** Calls the origin and keeps its reply where that is allowed. */
  #fill(key: string, request: Request, next: Handler): Found | Promise<Found> {
    return then(next(request), reply => {
      const found = (stored: boolean): Found => ({ reply, stored, shareable: shareable(reply, this.#rules) })
      return then(this.#keep(key, request, reply), found)
    })
  }

  #keep(key: string, request: Request, reply: Reply): boolean | Promise<boolean> {
    const ttlMs = request.method === 'GET' ? lifetimeMs(reply, this.#rules) : 0
    if (ttlMs === 0) return false
    const entry = Entry.of(reply, this.#context.clock.nowMs(), ttlMs)
    const kept = this.#memory?.set(key, entry) ?? this.#store!.set(key, entry, request, request.cancellation)
    return then(kept, stored => {
      if (stored) this.#context.count.stored.add()
      return stored
    })
  }

  /** What one of those who waited gets. */
  #answer(
    found: Found | undefined,
    request: Request,
    next: Handler,
    forwarded: string,
    joined: boolean,
  ): Reply | Promise<Reply> {
    if (found && 'entry' in found) {
      this.#context.count.hit.add()
      return found.entry.hit(this.#context.clock.nowMs(), this.#member)
    }
    this.#context.count.miss.add()
    if (!found) return this.#left
    if (!joined) return this.#fromOrigin(found, forwarded)
    if (found.shareable) return withStatus(found.reply, this.#member, `${forwarded}; collapsed`)
    return whenReplied(next(request), reply => withStatus(reply, this.#member, forwarded))
  }

  #fromOrigin(found: Found, forwarded: string): Reply {
    if ('entry' in found) return found.entry.hit(this.#context.clock.nowMs(), this.#member)
    return withStatus(found.reply, this.#member, found.stored ? `${forwarded}; stored` : forwarded)
  }

  /** report-only: counts what would have happened and fills the cache, while every request reaches the origin. */
  #observe(key: string, request: Request, next: Handler): Reply | Promise<Reply> {
    const { hit, miss } = this.#context.count
    const forward = (known: boolean): Reply | Promise<Reply> => {
      ;(known ? hit : miss).add()
      const outcome = next(request)
      if (known) return outcome
      return whenReplied(outcome, reply => then(this.#keep(key, request, reply), () => reply))
    }
    if (!this.#store) return forward(false)
    return this.#store.get(key, request, request.cancellation).then(entry => forward(entry !== undefined))
  }
}

/** The request of work that belongs to all who wait: it outlives the one who happened to come first. */
function detach(request: Request, cancellation: Cancellation): Request {
  return request.with({ cancellation, deadlineMs: Number.POSITIVE_INFINITY })
}

function then<A, B>(value: A | Promise<A>, use: (value: A) => B | Promise<B>): B | Promise<B> {
  return value instanceof Promise ? value.then(use) : use(value)
}
