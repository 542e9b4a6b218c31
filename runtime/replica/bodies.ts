import { type Clock, type Expiring, Expiry } from '../kit/index.ts'
import type { Refusal } from '../meters/index.ts'
import type { HttpResponse } from './uws.ts'

/**
 * The server library disconnects who has sent less than 160 kB in 10 s, without a reply, as it sees it every 4 s. So often
 * its clock is set back while a body is under way, and our own limit decides.
 */
const KEEP_AWAKE_MS = 4000

/** What of a reply collecting a body takes. */
type Wire = Pick<HttpResponse, 'onData' | 'pause' | 'resume'>

/** The request whose body is collected. */
export interface BodyOwner {
  /** It has been answered, or its client has gone. */
  readonly finished: boolean
  watchAbort(): void
  refuse(reason: Refusal, arrivedAtMs: number): void
}

/** Collects the bodies of requests, each up to a size and within a time. */
export class Bodies {
  readonly #clock: Clock
  readonly #limitBytes: number
  readonly #expiry: Expiry
  /** Those that did not come together with their head. */
  readonly #underWay = new Set<Body>()
  #callOff: (() => void) | undefined

  constructor(clock: Clock, limitBytes: number, timeoutMs: number) {
    this.#clock = clock
    this.#limitBytes = limitBytes
    this.#expiry = new Expiry(clock, timeoutMs)
  }

  /** Number of bodies that are being waited for. */
  get size(): number {
    return this.#underWay.size
  }

  /** Calls `done` with the whole body, or lets `owner` refuse: 413 when it is too large, 408 when it takes too long. */
  collect(wire: Wire, owner: BodyOwner, arrivedAtMs: number, done: (body: Uint8Array) => void): void {
    const body = new Body(wire, owner, arrivedAtMs, one => this.#forget(one))
    let refused = false
    owner.watchAbort()
    wire.onData((chunk, isLast) => {
      if (refused || owner.finished) {
        this.#forget(body)
        return
      }
      if (body.take(chunk) > this.#limitBytes) {
        refused = true
        this.#forget(body)
        owner.refuse('body-limit', arrivedAtMs)
      } else if (isLast) {
        this.#forget(body)
        done(body.whole())
      } else if (!this.#underWay.has(body)) this.#await(body)
    })
  }

  /** Waits for none any more. */
  close(): void {
    this.#expiry.close()
    this.#underWay.clear()
    this.#callOff?.()
    this.#callOff = undefined
  }

  #await(body: Body): void {
    this.#underWay.add(body)
    this.#expiry.add(body, this.#clock.nowMs())
    this.#callOff ??= this.#clock.after(KEEP_AWAKE_MS, () => this.#keepAwake())
  }

  #forget(body: Body): void {
    if (this.#underWay.delete(body)) this.#expiry.remove(body)
  }

  #keepAwake(): void {
    this.#callOff = undefined
    for (const body of this.#underWay) {
      if (body.owner.finished) this.#forget(body)
      else body.keepAwake()
    }
    if (this.#underWay.size > 0) this.#callOff = this.#clock.after(KEEP_AWAKE_MS, () => this.#keepAwake())
  }
}

/** A body under way. */
class Body implements Expiring {
  dueMs = 0
  before: Expiring | undefined
  after: Expiring | undefined
  readonly owner: BodyOwner
  readonly #wire: Wire
  readonly #arrivedAtMs: number
  readonly #expired: (body: Body) => void
  readonly #chunks: Uint8Array[] = []
  #length = 0

  constructor(wire: Wire, owner: BodyOwner, arrivedAtMs: number, expired: (body: Body) => void) {
    this.#wire = wire
    this.owner = owner
    this.#arrivedAtMs = arrivedAtMs
    this.#expired = expired
  }

  /** Adds a copy; the library takes its own back. Returns the length so far. */
  take(chunk: ArrayBuffer): number {
    this.#length += chunk.byteLength
    if (chunk.byteLength > 0) this.#chunks.push(new Uint8Array(chunk.slice(0)))
    return this.#length
  }

  whole(): Uint8Array {
    if (this.#chunks.length === 1) return this.#chunks[0]!
    const whole = new Uint8Array(this.#length)
    let at = 0
    for (const chunk of this.#chunks) {
      whole.set(chunk, at)
      at += chunk.byteLength
    }
    return whole
  }

  /** The library's clock starts anew when a connection that was paused goes on. */
  keepAwake(): void {
    this.#wire.pause()
    this.#wire.resume()
  }

  expire(): void {
    this.#expired(this)
    if (!this.owner.finished) this.owner.refuse('body-timeout', this.#arrivedAtMs)
  }
}
