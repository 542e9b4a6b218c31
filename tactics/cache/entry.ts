import { type Body, type HeaderBlock, headerRemove, Reply } from '@archlab/runtime/kit'
import { ageSeconds, type Verdict } from './reply-rules.ts'

/** What an entry is made from. Times are on the lab's clock. */
export interface EntryFields {
  readonly status: number
  /** Without the fields that each reply gets anew: `Age`, `Cache-Status`. */
  readonly headers: HeaderBlock
  readonly body: Body
  readonly storedAtMs: number
  readonly ttlMs: number
  readonly staleWhileRevalidateMs: number
  readonly staleIfErrorMs: number
  /** Age it came with, in seconds. */
  readonly initialAgeSeconds: number
  /** Names of the request's fields that chose it; empty when none did. */
  readonly vary: string
  /** Stands for the values of those fields. */
  readonly selection: string
  /** How many writes had been seen when it was asked for. */
  readonly epoch: number
}

/** A stored reply. */
export class Entry implements EntryFields {
  readonly status: number
  readonly headers: HeaderBlock
  readonly body: Body
  readonly storedAtMs: number
  readonly ttlMs: number
  readonly staleWhileRevalidateMs: number
  readonly staleIfErrorMs: number
  readonly initialAgeSeconds: number
  readonly vary: string
  readonly selection: string
  readonly epoch: number
  #prepared: Reply | undefined
  #preparedSecond = 0
  #preparedTtl = 0

  constructor(fields: EntryFields) {
    this.status = fields.status
    this.headers = fields.headers
    this.body = fields.body
    this.storedAtMs = fields.storedAtMs
    this.ttlMs = fields.ttlMs
    this.staleWhileRevalidateMs = fields.staleWhileRevalidateMs
    this.staleIfErrorMs = fields.staleIfErrorMs
    this.initialAgeSeconds = fields.initialAgeSeconds
    this.vary = fields.vary
    this.selection = fields.selection
    this.epoch = fields.epoch
  }

  /** The entry for a reply that has just come. */
  static of(reply: Reply, storedAtMs: number, verdict: Verdict, selection: string, epoch: number): Entry {
    return new Entry({
      ...verdict,
      status: reply.status,
      headers: headerRemove(headerRemove(reply.headers, 'age'), 'cache-status'),
      body: reply.body,
      storedAtMs,
      initialAgeSeconds: ageSeconds(reply),
      selection,
      epoch,
    })
  }

  isFresh(nowMs: number): boolean {
    return nowMs - this.storedAtMs < this.ttlMs
  }

  /** It may be given at once while a fresh one is fetched. */
  revalidates(nowMs: number): boolean {
    return nowMs - this.storedAtMs < this.ttlMs + this.staleWhileRevalidateMs
  }

  /** It may stand in for an origin that fails. */
  standsIn(nowMs: number): boolean {
    return nowMs - this.storedAtMs < this.ttlMs + this.staleIfErrorMs
  }

  /** How long it is of any use, from when it was stored. */
  get usefulMs(): number {
    return this.ttlMs + Math.max(this.staleWhileRevalidateMs, this.staleIfErrorMs)
  }

  /** The reply to a hit. `Age` and `ttl` count whole seconds, so one reply serves a second. */
  hit(nowMs: number, member: string): Reply {
    const second = this.#second(nowMs)
    const ttl = this.#ttl(nowMs, second)
    if (this.#prepared === undefined || this.#preparedSecond !== second || this.#preparedTtl !== ttl) {
      this.#prepared = this.#reply(second, `${member}; hit; ttl=${ttl}`)
      this.#preparedSecond = second
      this.#preparedTtl = ttl
    }
    return this.#prepared
  }

  /** The reply instead of the origin's failure; `status` is that of its answer, if it gave one. */
  inPlaceOf(status: number | undefined, nowMs: number, member: string): Reply {
    const second = this.#second(nowMs)
    const answered = status === undefined ? '' : `; fwd-status=${status}`
    const cacheStatus = `${member}; fwd=stale${answered}; ttl=${this.#ttl(nowMs, second)}; detail=stale-if-error`
    return this.#reply(second, cacheStatus)
  }

  #reply(second: number, cacheStatus: string): Reply {
    const own = `\nage: ${this.initialAgeSeconds + second}\ncache-status: ${cacheStatus}`
    return new Reply(this.status, this.headers + own, this.body)
  }

  #second(nowMs: number): number {
    return Math.max(0, Math.floor((nowMs - this.storedAtMs) / 1000))
  }

  /** Seconds it stays fresh; not above zero once it is stale (RFC 9211 §2.4). */
  #ttl(nowMs: number, second: number): number {
    const staleMs = nowMs - this.storedAtMs - this.ttlMs
    return staleMs >= 0 ? -Math.floor(staleMs / 1000) : Math.max(0, Math.ceil(this.ttlMs / 1000) - second)
  }
}
