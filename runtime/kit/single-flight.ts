import { Cancellation } from './cancellation.ts'
import type { Clock } from './clock.ts'
import type { Request } from './message.ts'

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
  readonly #flights = new Map<string, Flight<Value>>()
  readonly #leaving = new Set<() => void>()

  /** Work older than `patienceMs` (default 30 s) is joined no longer: what hangs must not hold its key for ever. */
  constructor(clock: Clock, patienceMs = 30_000) {
    this.#clock = clock
    this.#patienceMs = patienceMs
  }

  /** Kinds of work under way. */
  get size(): number {
    return this.#flights.size
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
    this.#flights.set(key, flight)
    const land = (): void => {
      if (this.#flights.get(key) === flight) this.#flights.delete(key)
    }
    outcome.then(land, land)
    return this.#wait(outcome, caller)
  }

  /** Cancels the work and lets every caller leave. */
  close(): void {
    for (const flight of this.#flights.values()) flight.cancellation.cancel()
    this.#flights.clear()
    for (const leave of this.#leaving) leave()
  }

  #wait(outcome: Promise<Value>, caller: Request): Promise<Value | undefined> {
    return new Promise((resolve, reject) => {
      let callOff: (() => void) | undefined
      let unsubscribe: (() => void) | undefined
      const done = (): void => {
        callOff?.()
        unsubscribe?.()
        this.#leaving.delete(leave)
      }
      const leave = (): void => {
        done()
        resolve(undefined)
      }
      this.#leaving.add(leave)
      if (caller.deadlineMs < Number.POSITIVE_INFINITY) {
        callOff = this.#clock.after(Math.max(0, caller.deadlineMs - this.#clock.nowMs()), leave)
      }
      unsubscribe = caller.cancellation.onCancel(leave)
      outcome.then(
        value => {
          done()
          resolve(value)
        },
        error => {
          done()
          reject(error)
        },
      )
    })
  }
}
