import type { Clock, Deadlines, Due } from '@archlab/runtime/kit'
import { Connection, type ConnectionUser, type Failure, type Origin } from '../http/connection.ts'
import type { Outcome } from '../record/outcomes.ts'
import type { WireRequest } from './request-maker.ts'

/** How a request ended; times on the generator's clock. */
export interface LaneResult {
  readonly outcome: Outcome
  readonly status: number
  readonly bytes: number
  readonly sentMs: number
  readonly endedMs: number
}

/** A request that a lane carries. */
export interface Errand {
  readonly wire: WireRequest
  /** When its client stops waiting. */
  readonly deadlineMs: number
  /** Told once how it ended. */
  ended(lane: Lane, result: LaneResult): void
  /** When given, told the reply's body before `ended`. */
  body?(text: string): void
}

/** What the lanes of a run share. */
export interface LaneContext {
  readonly clock: Clock
  readonly origin: Origin
  readonly deadlines: Deadlines
  /** Counts connections. */
  opened(): void
  /** The server sent more than its reply. */
  excess(): void
}

/** One client's way to the server: a connection that is opened anew when it has ended, one request at a time. */
export class Lane implements ConnectionUser, Due {
  dueMs = 0
  place = -1
  readonly #context: LaneContext
  #connection: Connection | undefined
  #errand: Errand | undefined
  #sentMs = 0

  constructor(context: LaneContext) {
    this.#context = context
  }

  /** Sends a request now. */
  carry(errand: Errand): number {
    const { clock, deadlines } = this.#context
    this.#errand = errand
    if (!this.#connection?.usable) this.#connect()
    this.#sentMs = clock.nowMs()
    deadlines.add(this, errand.deadlineMs, this.#sentMs)
    this.#connection!.send(errand.wire.octets, errand.wire.isHead, errand.body !== undefined)
    return this.#sentMs
  }

  replied(connection: Connection, status: number, bytes: number): void {
    if (connection === this.#connection) this.#end('replied', status, bytes)
  }

  failed(connection: Connection, failure: Failure): void {
    if (connection === this.#connection) this.#end(failure, 0, 0)
  }

  body(_connection: Connection, text: string): void {
    this.#errand?.body?.(text)
  }

  ended(_connection: Connection, excess: boolean): void {
    if (excess) this.#context.excess()
  }

  /** The client stops waiting: it hangs up, since the reply might come when the next one is expected. */
  expire(): void {
    this.#connection?.abandon('timeout')
  }

  /** Ends the connection; a request under way is never heard of again. */
  close(): void {
    this.#context.deadlines.remove(this)
    this.#errand = undefined
    this.#connection?.close()
  }

  #connect(): void {
    this.#context.opened()
    this.#connection = new Connection(this.#context.origin, this)
  }

  #end(outcome: Outcome, status: number, bytes: number): void {
    const errand = this.#errand
    if (!errand) return
    this.#errand = undefined
    this.#context.deadlines.remove(this)
    errand.ended(this, { outcome, status, bytes, sentMs: this.#sentMs, endedMs: this.#context.clock.nowMs() })
  }
}

/** Lanes that are free, most recently used first: a few connections do the work when that is enough. */
export class LanePool {
  readonly #context: LaneContext
  readonly #max: number
  readonly #lanes: Lane[] = []
  readonly #free: Lane[] = []

  constructor(context: LaneContext, max: number) {
    this.#context = context
    this.#max = max
  }

  /** A free lane; `undefined` when all are busy. */
  take(): Lane | undefined {
    const free = this.#free.pop()
    if (free || this.#lanes.length >= this.#max) return free
    const lane = new Lane(this.#context)
    this.#lanes.push(lane)
    return lane
  }

  give(lane: Lane): void {
    this.#free.push(lane)
  }

  close(): void {
    for (const lane of this.#lanes) lane.close()
  }
}
