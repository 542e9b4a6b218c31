import {
  type Clock,
  compileStatuses,
  type Handler,
  type Meter,
  type Reply,
  type Request,
  type TacticContext,
} from '@archlab/runtime/kit'
import { type Breaker, CLOSED, OPEN, REJECTED } from './breaker.ts'
import { refusals } from './refusals.ts'
import { type BreakerSettings, breakerOptions, type settings } from './settings.ts'
import { TimedBreaker } from './timed-breaker.ts'

export type Counter = 'allowed' | 'rejected' | 'opened' | 'half_opened' | 'closed' | 'failures' | 'slow'

type CircuitContext = TacticContext<typeof settings, Counter, 'state'>

/** A breaker with calls around it. */
export class Circuit {
  readonly #settings: BreakerSettings
  readonly #clock: Clock
  readonly #count: Readonly<Record<Counter, Meter>>
  readonly #reportOnly: boolean
  readonly #breaker: Breaker
  readonly #isFailure: (status: number) => boolean
  readonly #isIgnored: (status: number) => boolean
  readonly #refusal: (waitMs: number) => Reply
  readonly #slowCallMs: number | undefined

  constructor(context: CircuitContext) {
    this.#settings = context.settings
    this.#clock = context.clock
    this.#count = context.count
    this.#reportOnly = context.reportOnly
    this.#breaker = keptBreaker(context)
    this.#isFailure = compileStatuses(context.settings.on)
    this.#isIgnored = compileStatuses(context.settings.ignore)
    this.#refusal = refusals(context.refuse)
    this.#slowCallMs = context.settings.slowCallMs
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
}

/** Whether it is open, and what it has seen, outlives an edit of what counts as a failure or as slow. */
function keptBreaker(context: CircuitContext): Breaker {
  const options = breakerOptions(context.settings)
  const kept = context.keep('breaker', options, scope => {
    const timed = new TimedBreaker(options, context.clock, context)
    scope.defer(() => timed.close())
    return timed
  })
  return kept.breaker
}
