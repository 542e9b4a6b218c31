import type { Clock, Meter } from '@archlab/runtime/kit'
import { Breaker, type BreakerOptions, type BreakerState, CLOSED, HALF_OPEN, OPEN } from './breaker.ts'

/** What changes of state are counted in. */
export interface BreakerMeters {
  readonly count: Readonly<Record<'opened' | 'half_opened' | 'closed', Meter>>
  readonly gauge: Readonly<Record<'state', Meter>>
}

/** A breaker that becomes half-open in time, so that its state can be read even when nobody calls, and that counts its changes. */
export class TimedBreaker {
  readonly breaker: Breaker
  readonly #openForMs: number
  readonly #clock: Clock
  readonly #meters: BreakerMeters
  #callOff = (): void => {}
  #ended = false

  constructor(options: BreakerOptions, clock: Clock, meters: BreakerMeters) {
    this.breaker = new Breaker(options, state => this.#changed(state))
    this.#openForMs = options.openForMs
    this.#clock = clock
    this.#meters = meters
    meters.gauge.state.set(this.breaker.state)
  }

  /** Leaves no timer; calls under way may still end. */
  close(): void {
    this.#ended = true
    this.#callOff()
  }

  #changed(state: BreakerState): void {
    const { count, gauge } = this.#meters
    gauge.state.set(state)
    this.#callOff()
    if (state === CLOSED) count.closed.add()
    else if (state === HALF_OPEN) count.half_opened.add()
    else {
      count.opened.add()
      if (!this.#ended) this.#wakeIn(this.#openForMs)
    }
  }

  #wakeIn(delayMs: number): void {
    this.#callOff = this.#clock.after(delayMs, () => {
      const nowMs = this.#clock.nowMs()
      this.breaker.wake(nowMs)
      // A timer may fire up to 1 ms early, or after 24 days at the latest.
      if (this.breaker.state === OPEN) this.#wakeIn(Math.max(1, this.breaker.openUntilMs - nowMs))
    })
  }
}
