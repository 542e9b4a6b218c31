import { Cancellation, type Handler, type Reply, type Request, SingleFlight } from '@archlab/runtime/kit'
import type { CacheKeys } from './cache-key.ts'
import { Entry } from './entry.ts'
import type { CacheContext } from './meters.ts'
import { judge, type StorageRules, type Verdict } from './reply-rules.ts'
import { type VariantLimits, type Variants, variantFor, withVariant } from './variants.ts'
import type { Writes } from './writes.ts'

/** A call in the background is given up after this time; then another one may begin. */
const REVALIDATION_TIMEOUT_MS = 30_000

/** Where replies are kept. */
export interface Storage {
  /** What is known, without asking anybody, to lie under a key. */
  known(key: string): Variants
  /** `holder`: the replica that was asked, where there are several. */
  set(key: string, variants: Variants, request: Request, holder: string): boolean | Promise<boolean>
  delete(key: string, request: Request): void
}

/** What is to be fetched. */
export interface Wanted {
  readonly key: string
  readonly uri: string
  readonly request: Request
  readonly next: Handler
  /** The replica of the store that did not have it fresh; empty without a store, and when none answered. */
  readonly holder: string
}

/** What the origin answered, and what became of it. */
export interface Filled {
  readonly reply: Reply
  readonly stored: boolean
  /** It is also for those who only joined, if they would have chosen the same variant. */
  readonly shareable: boolean
  readonly vary: string
  readonly selection: string
}

/** Calls to the origin whose replies are kept where that is allowed. */
export class Fills {
  readonly #context: CacheContext
  readonly #keys: CacheKeys
  readonly #storage: Storage
  readonly #writes: Writes
  readonly #rules: StorageRules
  readonly #limits: VariantLimits
  readonly #flights: SingleFlight<Filled>
  #revalidations = 0
  #reported = false

  constructor(context: CacheContext, keys: CacheKeys, storage: Storage, writes: Writes, limits: VariantLimits) {
    this.#context = context
    this.#keys = keys
    this.#storage = storage
    this.#writes = writes
    this.#rules = { ...context.settings, keyedByAuthorization: keys.perRequest }
    this.#limits = limits
    this.#flights = new SingleFlight(context.clock, REVALIDATION_TIMEOUT_MS)
  }

  /** Cancels what is under way. */
  close(): void {
    this.#flights.close()
  }

  /** True when `join` would join a call under way. */
  joins(flight: string): boolean {
    return this.#flights.joins(flight)
  }

  /** The outcome of the call under way that is named `flight`, or of a new one; `undefined` when the caller left before. */
  join(flight: string, wanted: Wanted): Filled | Promise<Filled | undefined> {
    // The call belongs to all who wait: it outlives the one who happened to come first.
    const shared = (cancellation: Cancellation): Filled | Promise<Filled> => {
      const request = wanted.request.with({ cancellation, deadlineMs: Number.POSITIVE_INFINITY })
      return this.call({ ...wanted, request })
    }
    return this.#flights.run(flight, wanted.request, shared)
  }

  /** Calls the origin on behalf of one request. */
  call(wanted: Wanted): Filled | Promise<Filled> {
    const { uri, request, next } = wanted
    const epoch = this.#writes.count
    return then(next(request), reply => {
      const verdict = judge(reply, this.#rules)
      const selection = this.#keys.selection(verdict.vary, request)
      const filled = (stored: boolean): Filled => {
        return { reply, stored, shareable: verdict.shareable, vary: verdict.vary, selection }
      }
      if (request.method !== 'GET' || this.#writes.outdate(uri, epoch)) return filled(false)
      if (verdict.ttlMs > 0) return then(this.#keep(wanted, reply, verdict, selection, epoch), filled)
      if (this.#keys.perRequest && saysGone(reply)) this.#forget(wanted)
      return filled(false)
    })
  }

  /** Fetches a fresh reply while nobody waits, unless that is being done already. */
  revalidate(flight: string, wanted: Wanted): void {
    const { count, clock, settings } = this.#context
    if (this.#flights.joins(flight)) return
    if (this.#revalidations >= settings.maxRevalidations) {
      count.revalidations_skipped.add()
      return
    }
    count.revalidations.add()
    this.#revalidations += 1
    let work = new Cancellation()
    const request = wanted.request.with({
      method: 'GET',
      cancellation: new Cancellation(),
      deadlineMs: clock.nowMs() + REVALIDATION_TIMEOUT_MS,
    })
    // It begins in a turn of its own, so that an origin that answers synchronously holds up nobody either.
    const start = async (cancellation: Cancellation): Promise<Filled> => {
      work = cancellation
      await undefined
      return this.call({ ...wanted, request: request.with({ cancellation }) })
    }
    void Promise.resolve(this.#flights.run(flight, request, start)).then(
      filled => {
        this.#revalidations -= 1
        if (filled === undefined) work.cancel()
        if (filled === undefined || filled.reply.status >= 500) count.revalidations_failed.add()
      },
      error => {
        this.#revalidations -= 1
        count.revalidations_failed.add()
        this.#report(error)
      },
    )
  }

  #keep(
    { key, uri, request, holder }: Wanted,
    reply: Reply,
    verdict: Verdict,
    selection: string,
    epoch: number,
  ): boolean | Promise<boolean> {
    const { clock, count, settings } = this.#context
    const entry = Entry.of(reply, clock.nowMs(), verdict, selection, epoch)
    const valid = this.#storage.known(key).filter(one => !this.#writes.outdate(uri, one.epoch))
    const { variants, dropped } = withVariant(valid, entry, this.#limits)
    count.variants_dropped.add(dropped)
    return then(this.#storage.set(key, variants, request, holder), stored => {
      if (!stored) return false
      count.stored.add()
      if (!settings.statuses.includes(reply.status)) count.negative.add()
      return true
    })
  }

  /** What was kept for such a request is no answer any more. */
  #forget({ key, request, holder }: Wanted): void {
    const known = this.#storage.known(key)
    const outdated = variantFor(known, request, this.#keys)
    if (outdated === undefined) return
    const rest = known.filter(entry => entry !== outdated)
    if (rest.length > 0) void this.#storage.set(key, rest, request, holder)
    else this.#storage.delete(key, request)
  }

  /** Nobody waits for a call in the background, so nobody would see what it throws. */
  #report(error: unknown): void {
    if (this.#reported) return
    this.#reported = true
    this.#context.log.error('revalidation-threw', { error: error instanceof Error ? error.message : String(error) })
  }
}

// These say that the origin will not answer now, not what it would answer.
const NOT_NOW = [408, 425, 429]

/** True when the origin says that what it answered before is not its answer any more: moved, gone, forbidden. */
function saysGone({ status }: Reply): boolean {
  return status >= 300 && status < 500 && !NOT_NOW.includes(status)
}

/** Applies `use` at once to a value, later to a promised one. */
export function then<A, B>(value: A | Promise<A>, use: (value: A) => B | Promise<B>): B | Promise<B> {
  return value instanceof Promise ? value.then(use) : use(value)
}
