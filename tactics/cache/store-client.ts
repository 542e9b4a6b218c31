import {
  bodyText,
  Cancellation,
  type Clock,
  EvictingTable,
  Expiry,
  evictionPolicy,
  type Link,
  type Meter,
  type Reply,
  type Request,
} from '@archlab/runtime/kit'
import { fromEnvelopes, toEnvelopes } from './envelope.ts'
import { then } from './fills.ts'
import type { MemoryLimits } from './memory.ts'
import { PendingQuestion } from './pending-question.ts'
import { NO_VARIANTS, type Variants } from './variants.ts'

const JSON_HEADERS = '\ncontent-type: application/json'
const ABSENT = '{"value":null}'

export interface StoreLimits {
  readonly timeoutMs: number
  readonly variantsMax: number
  readonly statuses: readonly number[]
}

/** What a store has under a key. */
export interface Found {
  readonly variants: Variants
  /** The replica of the store that was asked; empty when none answered. */
  readonly holder: string
}

/**
 * The text last read or written for a key, with what it means: as long as the store answers that, nothing is parsed, and what was
 * asked for before a write is known to be.
 */
export type KnownTexts = EvictingTable<{ text: string; variants: Variants }>

export function knownTexts({ maxEntries, maxBytes, eviction }: MemoryLimits): KnownTexts {
  return new EvictingTable({ entriesMax: maxEntries, bytesMax: maxBytes, policy: evictionPolicy(eviction, maxEntries) })
}

const NOT_FOUND: Found = { variants: NO_VARIANTS, holder: '' }

/**
 * Entries in a cache component: `GET`, `POST` and `DELETE` of `/cache/<key>`. A store that fails, refuses, talks nonsense or
 * takes longer than `timeoutMs` is as good as empty; `failed` counts that, and the request never notices. A store of several
 * replicas may have a copy in each: an entry is written where it was looked for, and removed everywhere.
 */
export class StoreClient {
  readonly #link: Link
  readonly #clock: Clock
  readonly #limits: StoreLimits
  readonly #failed: Meter
  readonly #expiry: Expiry
  readonly #texts: KnownTexts

  constructor(link: Link, clock: Clock, texts: KnownTexts, limits: StoreLimits, failed: Meter) {
    this.#link = link
    this.#clock = clock
    this.#limits = limits
    this.#failed = failed
    this.#expiry = new Expiry(clock, limits.timeoutMs)
    this.#texts = texts
  }

  /** Calls the timer off. */
  close(): void {
    this.#expiry.close()
  }

  /**
   * What is stored under `key`, fresh or not, asked for when `epoch` writes had been seen. `cancellation` calls the question
   * off.
   */
  get(key: string, request: Request, cancellation: Cancellation, epoch: number): Found | Promise<Found> {
    return then(this.#ask(request, cancellation, 'GET', key), reply => this.#found(key, reply, epoch))
  }

  #found(key: string, reply: Reply | undefined, epoch: number): Found {
    if (reply === undefined) return NOT_FOUND
    const holder = reply.replica
    if (reply.status === 200) return { variants: this.#variantsIn(key, reply, epoch), holder }
    // The cache component answers null for a key it does not have; others may say 404.
    if (reply.status === 404) this.#texts.delete(key)
    else this.#failed.add()
    return { variants: NO_VARIANTS, holder }
  }

  /** What the store last answered or took for `key`. */
  known(key: string): Variants {
    return this.#texts.peek(key)?.variants ?? NO_VARIANTS
  }

  /**
   * Stores what shall lie under `key`, as long as it is of use, in the replica `holder` where that is up; false when the store
   * did not take it.
   */
  set(key: string, variants: Variants, request: Request, holder: string): boolean | Promise<boolean> {
    const nowMs = this.#clock.nowMs()
    const usefulMs = Math.max(...variants.map(entry => entry.storedAtMs + entry.usefulMs - nowMs))
    const value = JSON.stringify(toEnvelopes(variants, this.#clock))
    const body = `{"value":${value},"ttl":"${Math.max(1, Math.ceil(usefulMs))}ms"}`
    return then(this.#ask(request, request.cancellation, 'POST', key, { body, affinity: holder }), reply => {
      const taken = reply !== undefined && this.#taken(reply)
      if (taken) this.#remember(key, `{"value":${value}}`, variants)
      return taken
    })
  }

  /** Removes what is stored under `key`, in every replica of the store. Nobody waits for that. */
  delete(key: string, request: Request): void {
    const tried: string[] = []
    for (let target = 0; target < this.#link.targets; target++) {
      void then(this.#ask(request, new Cancellation(), 'DELETE', key, { tried }), reply => {
        if (reply !== undefined && reply.status !== 404) this.#taken(reply)
      })
    }
  }

  #remember(key: string, text: string, variants: Variants): void {
    // The entries hold about as much as the text.
    this.#texts.set(key, { text, variants }, (key.length + text.length) * 2)
  }

  #taken(reply: Reply): boolean {
    const taken = reply.status >= 200 && reply.status < 300
    if (!taken) this.#failed.add()
    return taken
  }

  #variantsIn(key: string, reply: Reply, epoch: number): Variants {
    try {
      const text = bodyText(reply.body)
      const known = this.#texts.get(key)
      if (known?.text === text) return known.variants
      const { value } = text === ABSENT ? { value: null } : (JSON.parse(text) as { value: unknown })
      if (value === null) {
        this.#texts.delete(key)
        return NO_VARIANTS
      }
      const variants = fromEnvelopes(value, this.#limits, this.#clock, epoch)
      if (variants.length > 0) this.#remember(key, text, variants)
      else this.#failed.add()
      return variants
    } catch {
      this.#failed.add()
      return NO_VARIANTS
    }
  }

  /**
   * The store's reply; `undefined` (counted) when it fails or takes too long, and when the question is called off. The
   * link is not told a deadline: it would arm a timer for each call, and giving up cancels the call anyway.
   */
  #ask(
    request: Request,
    cancellation: Cancellation,
    method: string,
    key: string,
    { body = '', affinity = '', tried }: { body?: string; affinity?: string; tried?: string[] } = {},
  ): Reply | undefined | Promise<Reply | undefined> {
    if (cancellation.cancelled) return undefined
    const own = new Cancellation()
    const asked = request.with({
      method,
      path: `/cache/${encodeURIComponent(key)}`,
      query: '',
      headers: body === '' ? '' : JSON_HEADERS,
      body,
      deadlineMs: Number.POSITIVE_INFINITY,
      cancellation: own,
      affinity,
      // What attempts at the origin have tried says nothing about the store.
      tried: tried ?? (request.tried && []),
    })
    try {
      const outcome = this.#link.call(asked)
      if (!(outcome instanceof Promise)) return outcome
      const pending = new PendingQuestion(this.#expiry, { own, asker: cancellation }, () => this.#failed.add())
      pending.start(this.#clock.nowMs())
      outcome.then(pending.answered, pending.broke)
      return pending.promise
    } catch {
      this.#failed.add()
      return undefined
    }
  }
}
