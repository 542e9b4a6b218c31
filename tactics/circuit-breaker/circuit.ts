import {
  type Clock,
  compileStatuses,
  type Handler,
  type Meter,
  type Reply,
  type Request,
  type TacticContext,
} from '@archlab/runtime/kit'
import { Breaker, type BreakerState, CLOSED, HALF_OPEN, OPEN, REJECTED } from './breaker.ts'
import { refusals } from './refusals.ts'
import { type BreakerSettings, breakerOptions, type settings } from './settings.ts'

export type Counter = 'allowed' | 'rejected' | 'opened' | 'half_opened' | 'closed' | 'failures' | 'slow'

/** A breaker with calls, clock and meters around it. */
export class Circuit {
  readonly #settings: BreakerSettings
  readonly #clock: Clock
  readonly #count: Readonly<Record<Counter, Meter>>
  readonly #state: Meter
  readonly #reportOnly: boolean
  readonly #breaker: Breaker
  readonly #isFailure: (status: number) => boolean
  readonly #isIgnored: (status: number) => boolean
  readonly #refusal: (waitMs: number) => Reply
  readonly #slowCallMs: number | undefined
  #callOff = (): void => {}
  #ended = false

  constructor(context: TacticContext<typeof settings, Counter, 'state'>) {
    this.#settings = context.settings
    this.#clock = context.clock
    this.#count = context.count
    this.#state = context.gauge.state
    this.#reportOnly = context.reportOnly
    this.#breaker = new Breaker(breakerOptions(context.settings), state => this.#changed(state))
    this.#isFailure = compileStatuses(context.settings.on)
    this.#isIgnored = compileStatuses(context.settings.ignore)
    this.#refusal = refusals(context.refuse)
    this.#slowCallMs = context.settings.slowCallMs
    this.#state.set(this.#breaker.state)
  }

  /** Leaves no timer; calls under way may still end. */
  close(): void {
    this.#ended = true
    this.#callOff()
  }

  call(request: Request, next: Handler): Reply | Promise<Reply> {
    const breaker = this.#breaker
    // Open, the arrival tells the time well enough; closed, only slow calls need it.
    const arrival =
      breaker.state === OPEN
        ? request.arrivedAtMs < breaker.openUntilMs
        : breaker.state === CLOSED && this.#slowCallMs === undefined
    const nowMs = arrival ? request.arrivedAtMs : this.#clock.nowMs()
    const ticket = breaker.admit(nowMs)
    if (ticket === REJECTED) {
      this.#count.rejected.add()
      if (this.#reportOnly) return next(request)
      return this.#refusal(Math.min(breaker.openUntilMs - nowMs, this.#settings.openForMs))
    }
    this.#count.allowed.add()
    let outcome: Reply | Promise<Reply>
    try {
      outcome = next(request)
    } catch (error) {
      this.#learn(request, ticket, nowMs, true)
      throw error
    }
    if (outcome instanceof Promise) {
      outcome.then(
        reply => this.#replied(request, ticket, nowMs, reply),
        () => this.#learn(request, ticket, nowMs, true),
      )
    } else {
      this.#replied(request, ticket, nowMs, outcome)
    }
    return outcome
  }

  #replied(request: Request, ticket: number, startedAtMs: number, reply: Reply | undefined): void {
    // What a faulty module answers may be no reply; the replica makes 500 of it.
    const status = reply?.status ?? 500
    if (this.#isIgnored(status)) this.#breaker.ignore(ticket)
    else this.#learn(request, ticket, startedAtMs, this.#isFailure(status))
  }

  #learn(request: Request, ticket: number, startedAtMs: number, failed: boolean): void {
    if (request.cancellation.cancelled) {
      this.#breaker.ignore(ticket)
      return
    }
    const nowMs = this.#clock.nowMs()
    const slow = this.#slowCallMs !== undefined && nowMs - startedAtMs > this.#slowCallMs
    if (failed) this.#count.failures.add()
    if (slow) this.#count.slow.add()
    this.#breaker.record(ticket, failed, slow, nowMs)
  }

  #changed(state: BreakerState): void {
    this.#state.set(state)
    this.#callOff()
    if (state === CLOSED) this.#count.closed.add()
    else if (state === HALF_OPEN) this.#count.half_opened.add()
    else {
      this.#count.opened.add()
      if (!this.#ended) this.#wakeIn(this.#settings.openForMs)
    }
  }

  /** Makes it half-open in time, so that its state can be read even when nobody calls. */
  #wakeIn(delayMs: number): void {
    this.#callOff = this.#clock.after(delayMs, () => {
      const nowMs = this.#clock.nowMs()
      this.#breaker.wake(nowMs)
      // A timer may fire up to 1 ms early, or after 24 days at the latest.
      if (this.#breaker.state === OPEN) this.#wakeIn(Math.max(1, this.#breaker.openUntilMs - nowMs))
    })
  }
}
