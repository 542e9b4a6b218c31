import { type Handler, type Link, type Reply, type Request, SingleFlight, whenReplied } from '@archlab/runtime/kit'
import { CacheKeys } from './cache-key.ts'
import { memberName, withStatus } from './cache-status.ts'
import type { Entry } from './entry.ts'
import { type Filled, Fills, then, type Wanted } from './fills.ts'
import { Memory, type MemoryLimits } from './memory.ts'
import type { CacheContext } from './meters.ts'
import { type Bypass, bypassOf, isUnsafe, METHOD, REFRESH } from './request-rules.ts'
import { type Found, knownTexts, StoreClient } from './store-client.ts'
import { NO_VARIANTS, type Variants, variantFor } from './variants.ts'
import { Writes } from './writes.ts'

/** A request that no fresh entry answers. */
interface Missed extends Wanted {
  /** The stale entry, if there is one. */
  readonly entry: Entry | undefined
  /** Why it goes on to the origin: parameters of its `Cache-Status` member. */
  readonly forwarded: string
  /** Names the call to the origin that it may share. */
  readonly flight: string
}

/** How a request came by what is kept for it. */
interface Lookup {
  /** The replica of the store that was asked; empty where there is none, or none answered. */
  readonly holder: string
  /** The request has waited for the work of another. */
  readonly joined: boolean
}

const AT_HAND: Lookup = { holder: '', joined: false }

/** What the tactic does with a request: answer, fetch and keep, or stand aside. */
export class Caching {
  readonly #context: CacheContext
  readonly #member: string
  readonly #keys: CacheKeys
  readonly #writes: Writes
  readonly #memory: Memory | undefined
  readonly #store: StoreClient | undefined
  readonly #questions: SingleFlight<Found>
  readonly #fills: Fills
  readonly #left: Reply

  constructor(context: CacheContext) {
    const { settings, clock } = context
    const link = context.link('store')
    this.#context = context
    this.#member = memberName(context.self.replica)
    this.#keys = new CacheKeys(settings.key, link ? `${context.address} ` : '')
    const limits = { maxEntries: settings.maxEntries, maxBytes: settings.maxMemoryBytes, eviction: settings.eviction }
    // Entries know how many writes they have seen, so these are counted on.
    this.#writes = context.keep('writes', {}, () => new Writes())
    let storage: Memory | StoreClient
    if (link) storage = this.#store = keptStore(context, link, limits)
    else storage = this.#memory = keptMemory(context, limits)
    // In a store the variants of a key are one value, which must not outgrow what it takes.
    const bytes = link ? settings.maxEntryBytes : Number.POSITIVE_INFINITY
    this.#fills = new Fills(context, this.#keys, storage, this.#writes, { entries: settings.maxVariants, bytes })
    this.#questions = new SingleFlight(clock)
    this.#left = context.refuse(504, 'http_response_timeout', 'cache', { detail: 'The origin did not answer in time.' })
  }

  close(): void {
    this.#questions.close()
    this.#fills.close()
    this.#store?.close()
  }

  handle(request: Request, next: Handler): Reply | Promise<Reply> {
    const bypass = bypassOf(request)
    if (bypass !== undefined) return this.#pass(request, next, bypass)
    const uri = this.#keys.uri(request)
    const key = this.#keys.key(uri, request)
    if (!this.#memory) return this.#question(key, uri, request, next)
    return this.#decide(this.#memory.get(key), request.arrivedAtMs, key, uri, request, next, AT_HAND)
  }

  /** A request that the cache does not answer. */
  #pass(request: Request, next: Handler, bypass: Bypass): Reply | Promise<Reply> {
    const { count, reportOnly } = this.#context
    count.bypassed.add()
    if (bypass === METHOD && this.#keys.perRequest && isUnsafe(request.method)) {
      return whenReplied(next(request), reply => {
        if (reply.status < 400) this.#invalidate(request)
        return reportOnly ? reply : withStatus(reply, this.#member, bypass)
      })
    }
    if (reportOnly) return next(request)
    if (bypass !== REFRESH || request.method === 'HEAD') {
      return whenReplied(next(request), reply => withStatus(reply, this.#member, bypass))
    }
    const uri = this.#keys.uri(request)
    const filled = this.#fills.call({ key: this.#keys.key(uri, request), uri, request, next, holder: '' })
    return then(filled, one => this.#fromOrigin(one, bypass))
  }

  /** A write has succeeded: what was kept of its URI, for whomever, is not given any more (RFC 9111 §4.4). */
  #invalidate(request: Request): void {
    const uri = this.#keys.uri(request)
    this.#writes.add(uri)
    this.#context.count.invalidated.add()
    for (const key of new Set([uri, this.#keys.key(uri, request)])) (this.#memory ?? this.#store)!.delete(key, request)
  }

  /** Asks the store; questions for one key are asked once. */
  #question(key: string, uri: string, request: Request, next: Handler): Reply | Promise<Reply> {
    const { settings, count, clock, reportOnly } = this.#context
    const store = this.#store!
    const epoch = this.#writes.count
    const coalesce = settings.coalesce && !reportOnly
    const joined = coalesce && this.#questions.joins(key)
    if (joined) count.coalesced.add()
    const asked = coalesce
      ? this.#questions.run(key, request, one => store.get(key, request, one, epoch))
      : store.get(key, request, request.cancellation, epoch)
    return then<Found | undefined, Reply>(asked, found => {
      if (found) {
        return this.#decide(found.variants, clock.nowMs(), key, uri, request, next, { holder: found.holder, joined })
      }
      count.miss.add()
      const known = this.#valid(store.known(key), uri, request)
      const missed = this.#missed(known, NO_VARIANTS, { key, uri, request, next, holder: '' })
      return this.#answer(undefined, missed, joined, false)
    })
  }

  /** What is done given what is kept. */
  #decide(
    variants: Variants,
    nowMs: number,
    key: string,
    uri: string,
    request: Request,
    next: Handler,
    { holder, joined }: Lookup,
  ): Reply | Promise<Reply> {
    const { count, reportOnly } = this.#context
    const entry = this.#valid(variants, uri, request)
    if (entry?.isFresh(nowMs)) {
      count.hit.add()
      return reportOnly ? next(request) : entry.hit(nowMs, this.#member)
    }
    const wanted = { key, uri, request, next, holder }
    if (!entry?.revalidates(nowMs)) {
      const missed = this.#missed(entry, variants, wanted)
      count.miss.add()
      return reportOnly ? this.#observe(missed) : this.#fetch(missed, joined, false)
    }
    count.hit.add()
    count.stale.add()
    if (reportOnly) return then(this.#fills.call(wanted), ({ reply }) => reply)
    this.#fills.revalidate(this.#flight('GET', wanted, entry.vary), wanted)
    return entry.hit(nowMs, this.#member)
  }

  /** The entry for a request, unless a write has outdated it. */
  #valid(variants: Variants, uri: string, request: Request): Entry | undefined {
    const entry = variantFor(variants, request, this.#keys)
    return entry === undefined || this.#writes.outdate(uri, entry.epoch) ? undefined : entry
  }

  #missed(entry: Entry | undefined, variants: Variants, wanted: Wanted): Missed {
    const vary = variants[0]?.vary ?? ''
    const forwarded = entry ? 'fwd=stale' : vary === '' ? 'fwd=uri-miss' : 'fwd=vary-miss'
    return { ...wanted, entry, forwarded, flight: this.#flight(wanted.request.method, wanted, vary) }
  }

  /** Requests with the same name may share a call: same key, same variant as far as is known, same writes behind them. */
  #flight(method: string, { key, uri, request }: Wanted, vary: string): string {
    // A HEAD reply fills no entry, and a GET must not be answered by one.
    const name = method === 'HEAD' ? `HEAD ${key}` : key
    const write = this.#writes.last(uri)
    if (vary === '' && write === 0) return name
    return `${name}\n${this.#keys.selection(vary, request)}\n${write}`
  }

  /** Waits for the origin, alone or with others. */
  #fetch(missed: Missed, joinedBefore: boolean, again: boolean): Reply | Promise<Reply> {
    const { settings, count } = this.#context
    const joined = settings.coalesce && this.#fills.joins(missed.flight)
    if (joined && !joinedBefore) count.coalesced.add()
    const filled = settings.coalesce ? this.#fills.join(missed.flight, missed) : this.#fills.call(missed)
    return then<Filled | undefined, Reply>(filled, one => this.#answer(one, missed, joined, again))
  }

  /** What one of those who waited gets. */
  #answer(filled: Filled | undefined, missed: Missed, joined: boolean, again: boolean): Reply | Promise<Reply> {
    const { request, next, forwarded } = missed
    const isOther = joined && filled?.shareable && this.#keys.selection(filled.vary, request) !== filled.selection
    if (isOther && !again) {
      const flight = this.#flight(request.method, missed, filled.vary)
      return this.#fetch({ ...missed, flight }, true, true)
    }
    const instead = this.#insteadOf(filled?.reply.status, missed)
    if (instead) return instead
    if (!filled) return this.#left
    if (!joined) return this.#fromOrigin(filled, forwarded)
    if (filled.shareable && !isOther) return withStatus(filled.reply, this.#member, `${forwarded}; collapsed`)
    return whenReplied(next(request), reply => withStatus(reply, this.#member, forwarded))
  }

  /** The stale entry that stands in for an origin that failed, or gave no answer (no status). */
  #insteadOf(status: number | undefined, { entry, request }: Missed): Reply | undefined {
    if (status !== undefined && status < 500) return undefined
    if (entry === undefined || request.cancellation.cancelled) return undefined
    const nowMs = this.#context.clock.nowMs()
    if (!entry.standsIn(nowMs)) return undefined
    this.#context.count.stale_on_error.add()
    return entry.inPlaceOf(status, nowMs, this.#member)
  }

  #fromOrigin({ reply, stored }: Filled, forwarded: string): Reply {
    return withStatus(reply, this.#member, stored ? `${forwarded}; stored` : forwarded)
  }

  /** report-only, for a miss: fills the cache, while every request reaches the origin and gets its reply. */
  #observe(missed: Missed): Reply | Promise<Reply> {
    return then(this.#fills.call(missed), ({ reply }) => {
      this.#insteadOf(reply.status, missed)
      return reply
    })
  }
}

/** What may lie in own memory depends on these; on what else a reply was stored by, it holds for those stored from then on. */
function contentOf({ settings: { key, eviction, statuses, negativeStatuses } }: CacheContext): unknown {
  return { key, eviction, statuses, negativeStatuses }
}

function keptMemory(context: CacheContext, limits: MemoryLimits): Memory {
  const { count, gauge } = context
  const make = (): Memory => new Memory(limits, { evicted: count.evicted, ...gauge })
  const memory = context.keep('entries', contentOf(context), make)
  memory.resize(limits)
  return memory
}

function keptStore(context: CacheContext, link: Link, limits: MemoryLimits): StoreClient {
  const { settings, clock, count } = context
  const content = { content: contentOf(context), variants: settings.maxVariants }
  const texts = context.keep('texts', content, () => knownTexts(limits))
  texts.resize(limits.maxEntries, limits.maxBytes)
  const statuses = [...settings.statuses, ...settings.negativeStatuses]
  const ofStore = { timeoutMs: settings.storeTimeoutMs, variantsMax: settings.maxVariants, statuses }
  return new StoreClient(link, clock, texts, ofStore, count.store_failed)
}
