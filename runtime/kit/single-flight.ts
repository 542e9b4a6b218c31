import { Cancellation, type CancellationListener } from './cancellation.ts'
import type { Clock } from './clock.ts'
import type { Request } from './message.ts'

/** Keys without work that are remembered, so that a busy key costs the table no insertion and removal each time. */
const IDLE_KEYS_MAX = 1000

interface Flight<Value> {
  readonly outcome: Promise<Value>
  readonly startedAtMs: number
  readonly cancellation: Cancellation
}

/**
 * Joins concurrent calls for the same thing: the first caller starts the work, the others wait for its outcome. The work
 * belongs to nobody in particular, so it gets a Cancellation of its own and survives a caller that leaves. Each caller
 * leaves when its own request is cancelled or its deadline passes.
 */
export class SingleFlight<Value> {
  readonly #clock: Clock
  readonly #patienceMs: number
  readonly #flights = new Map<string, Flight<Value> | undefined>()
  /** Sentinel of the ring of those who wait. */
  readonly #waiters: Ring = new Ring()
  #size = 0

  /** Work older than `patienceMs` (default 30 s) is joined no longer: what hangs must not hold its key for ever. */
  constructor(clock: Clock, patienceMs = 30_000) {
    this.#clock = clock
    this.#patienceMs = patienceMs
  }

  /** Kinds of work under way. */
  get size(): number {
    return this.#size
  }

  /** True when `run` would join work under way. */
  joins(key: string): boolean {
    const flight = this.#flights.get(key)
    return flight !== undefined && this.#clock.nowMs() - flight.startedAtMs < this.#patienceMs
  }

  /**
   * The outcome of the work under `key`: that under way, or `start`'s. `undefined` when the caller left before. A throw or
   * rejection of the work goes to every caller that waits.
   */
  run(
    key: string,
    caller: Request,
    start: (cancellation: Cancellation) => Value | Promise<Value>,
  ): Value | Promise<Value | undefined> {
    if (this.joins(key)) return this.#wait(this.#flights.get(key)!.outcome, caller)
    const cancellation = new Cancellation()
    const outcome = start(cancellation)
    if (!(outcome instanceof Promise)) return outcome
    const flight = { outcome, startedAtMs: this.#clock.nowMs(), cancellation }
    if (this.#flights.get(key) === undefined) this.#size += 1
    this.#flights.set(key, flight)
    const land = (): void => this.#land(key, flight)
    outcome.then(land, land)
    return this.#wait(outcome, caller)
  }

  /** Cancels the work and lets every caller leave. */
  close(): void {
    for (const flight of this.#flights.values()) flight?.cancellation.cancel()
    this.#flights.clear()
    this.#size = 0
    while (this.#waiters.after !== this.#waiters) (this.#waiters.after as Waiter<Value>).cancelled()
  }

  #land(key: string, flight: Flight<Value>): void {
    if (this.#flights.get(key) !== flight) return
    this.#size -= 1
    if (this.#flights.size > IDLE_KEYS_MAX) this.#flights.delete(key)
    else this.#flights.set(key, undefined)
  }

  #wait(outcome: Promise<Value>, caller: Request): Promise<Value | undefined> {
    const waiter = new Waiter<Value>(caller, this.#clock)
    this.#waiters.insert(waiter)
    outcome.then(waiter.resolve, waiter.reject)
    return waiter.promise
  }
}

/** A node of a ring; alone it is a ring of itself. */
class Ring {
  before: Ring = this
  after: Ring = this

  insert(node: Ring): void {
    node.before = this.before
    node.after = this
    this.before.after = node
    this.before = node
  }

  remove(): void {
    this.before.after = this.after
    this.after.before = this.before
    this.before = this
    this.after = this
  }
}

/** A caller that waits: one object for promise, cancellation and place in the ring. */
class Waiter<Value> extends Ring implements CancellationListener {
  readonly promise: Promise<Value | undefined>
  readonly #caller: Request
  readonly #callOff: (() => void) | undefined
  readonly resolve: (value: Value | undefined) => void
  readonly reject: (error: unknown) => void

  constructor(caller: Request, clock: Clock) {
    super()
    const { promise, resolve, reject } = Promise.withResolvers<Value | undefined>()
    this.promise = promise
    this.resolve = value => {
      this.#done()
      resolve(value)
    }
    this.reject = error => {
      this.#done()
      reject(error)
    }
    this.#caller = caller
    if (caller.deadlineMs < Number.POSITIVE_INFINITY) {
      this.#callOff = clock.after(Math.max(0, caller.deadlineMs - clock.nowMs()), () => this.cancelled())
    }
    caller.cancellation.attach(this)
  }

  /** The caller leaves. */
  cancelled(): void {
    this.resolve(undefined)
  }

  #done(): void {
    this.remove()
    this.#callOff?.()
    this.#caller.cancellation.detach(this)
  }
}
