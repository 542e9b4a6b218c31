import { type Body, type HeaderBlock, headerRemove, Reply } from '@archlab/runtime/kit'
import { ageSeconds } from './reply-rules.ts'

/** A stored reply. Times are on the lab's clock. */
export class Entry {
  readonly status: number
  /** Without the fields that each reply gets anew: `Age`, `Cache-Status`. */
  readonly headers: HeaderBlock
  readonly body: Body
  readonly storedAtMs: number
  readonly ttlMs: number
  /** Age it came with, in seconds. */
  readonly initialAgeSeconds: number
  #preparedSecond = -1
  #prepared: Reply | undefined

  constructor(
    reply: { status: number; headers: HeaderBlock; body: Body },
    storedAtMs: number,
    ttlMs: number,
    initialAgeSeconds: number,
  ) {
    this.status = reply.status
    this.headers = reply.headers
    this.body = reply.body
    this.storedAtMs = storedAtMs
    this.ttlMs = ttlMs
    this.initialAgeSeconds = initialAgeSeconds
  }

  /** The entry for a reply that has just come. */
  static of(reply: Reply, nowMs: number, ttlMs: number): Entry {
    const headers = headerRemove(headerRemove(reply.headers, 'age'), 'cache-status')
    return new Entry({ status: reply.status, headers, body: reply.body }, nowMs, ttlMs, ageSeconds(reply))
  }

  isFresh(nowMs: number): boolean {
    return nowMs - this.storedAtMs < this.ttlMs
  }

  /** The reply to a hit. `Age` and `ttl` count whole seconds, so one reply serves a second. */
  hit(nowMs: number, member: string): Reply {
    const second = Math.max(0, Math.floor((nowMs - this.storedAtMs) / 1000))
    if (this.#prepared === undefined || this.#preparedSecond !== second) {
      const ttl = Math.max(0, Math.ceil(this.ttlMs / 1000) - second)
      const own = `\nage: ${this.initialAgeSeconds + second}\ncache-status: ${member}; hit; ttl=${ttl}`
      this.#prepared = new Reply(this.status, this.headers + own, this.body)
      this.#preparedSecond = second
    }
    return this.#prepared
  }
}
