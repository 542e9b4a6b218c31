import { type CallWindow, CountWindow, FailureRun, TimeWindow } from './call-window.ts'

/** The gauge shows these numbers. */
export const CLOSED = 0
export const OPEN = 1
export const HALF_OPEN = 2
export type BreakerState = typeof CLOSED | typeof OPEN | typeof HALF_OPEN

/** Instead of a ticket: the call is not to be made. */
export const REJECTED = -1

export interface BreakerOptions {
  /** What is older than this counts no more. */
  windowMs: number
  /** Judges no more than the last so many calls; `undefined` for all in the window. */
  calls: number | undefined
  /** Fewer calls are not judged. */
  minCalls: number
  /** Opens at this share of failed calls, above 0, up to 1. */
  failureRatio: number
  /** Opens at this share of slow calls, above 0, up to 1. */
  slowRatio: number
  /** Opens at so many failures one after the other; `undefined` for never. */
  consecutive: number | undefined
  openForMs: number
  /** Calls let through half-open, whose outcomes decide. */
  permits: number
  /** A permit whose call takes longer than this is given to another one. */
  halfOpenTimeoutMs: number
}

/** An outcome that arrived while half-open. */
interface Result {
  failed: boolean
  slow: boolean
  atMs: number
}

/** A permit that is out. */
interface Permit {
  ticket: number
  sinceMs: number
}

/**
 * The state machine of a circuit breaker (Nygard, Release It!, 2007): closed while calls succeed, open when too many fail,
 * and after a while half-open, when a few calls are let through to see. It knows no clock and no calls, only what it is
 * told. Each call let through has a ticket; a ticket of an earlier closed or half-open phase counts no more. A permit that
 * is out for too long goes to another call, so a call that never returns wedges nothing; when it does return while still
 * half-open, its outcome counts, so calls that are slow but good still close the breaker.
 */
export class Breaker {
  /** Read it freely; only the breaker writes it. */
  state: BreakerState = CLOSED
  /** When it will be half-open; in the past unless it is open. */
  openUntilMs = Number.NEGATIVE_INFINITY
  readonly #options: BreakerOptions
  readonly #window: CallWindow
  readonly #run: FailureRun | undefined
  readonly #changed: (state: BreakerState) => void
  /** Failed, or slow, results that reopen it when half-open. */
  readonly #failuresToOpen: number
  readonly #slowToOpen: number
  /** The last ticket; closed, the one that all calls have. */
  #ticket = 0
  /** Half-open: tickets above this one are of the present phase. */
  #phase = 0
  #permits: Permit[] = []
  #results: Result[] = []

  /** `changed` is told of every new state. */
  constructor(options: BreakerOptions, changed: (state: BreakerState) => void = () => {}) {
    const { windowMs, calls, consecutive, permits } = options
    this.#options = options
    this.#changed = changed
    this.#window = calls === undefined ? new TimeWindow(windowMs) : new CountWindow(calls, windowMs)
    this.#run = consecutive === undefined ? undefined : new FailureRun(consecutive, windowMs)
    this.#failuresToOpen = fewest(options.failureRatio, permits)
    this.#slowToOpen = fewest(options.slowRatio, permits)
  }

  /** A ticket for a call, to be handed to `record` or `ignore` once, or REJECTED. Closed, the time does not matter. */
  admit(nowMs: number): number {
    if (this.state === CLOSED) return this.#ticket
    this.wake(nowMs)
    if (this.state === OPEN) return REJECTED
    this.#forgetOld(nowMs)
    if (this.#permits.length + this.#results.length >= this.#options.permits) return REJECTED
    this.#ticket += 1
    this.#permits.push({ ticket: this.#ticket, sinceMs: nowMs })
    return this.#ticket
  }

  /** What a call came to. */
  record(ticket: number, failed: boolean, slow: boolean, nowMs: number): void {
    if (this.state === CLOSED && ticket === this.#ticket) this.#recordClosed(failed, slow, nowMs)
    else if (this.state === HALF_OPEN && ticket > this.#phase) this.#recordHalfOpen(ticket, failed, slow, nowMs)
  }

  /** A call that says nothing: it gives its permit back. */
  ignore(ticket: number): void {
    if (this.state === HALF_OPEN) this.#giveBack(ticket)
  }

  /** Becomes half-open if it has been open for long enough. */
  wake(nowMs: number): void {
    if (this.state === OPEN && nowMs >= this.openUntilMs) this.#enter(HALF_OPEN)
  }

  #recordClosed(failed: boolean, slow: boolean, nowMs: number): void {
    const { minCalls, failureRatio, slowRatio } = this.#options
    const window = this.#window
    window.record(failed, slow, nowMs)
    const longRun = this.#run?.record(failed, nowMs) ?? false
    const judged = window.calls >= minCalls
    // Divided, not multiplied: 55 / 100 is the very number that 55 % is, 0.55 * 100 is more than 55.
    const tooMany = window.failures / window.calls >= failureRatio || window.slow / window.calls >= slowRatio
    if (longRun || (judged && tooMany)) this.#open(nowMs)
  }

  #recordHalfOpen(ticket: number, failed: boolean, slow: boolean, nowMs: number): void {
    this.#giveBack(ticket)
    this.#forgetOld(nowMs)
    this.#results.push({ failed, slow, atMs: nowMs })
    const failures = this.#results.filter(result => result.failed).length
    const slowOnes = this.#results.filter(result => result.slow).length
    const outstanding = this.#options.permits - this.#results.length
    // Decided as soon as the results still to come cannot change it.
    if (failures >= this.#failuresToOpen || slowOnes >= this.#slowToOpen) this.#open(nowMs)
    else if (failures + outstanding < this.#failuresToOpen && slowOnes + outstanding < this.#slowToOpen) {
      this.#enter(CLOSED)
    }
  }

  #giveBack(ticket: number): void {
    this.#permits = this.#permits.filter(permit => permit.ticket !== ticket)
  }

  /** Half-open: takes back permits that are out for too long, and drops results that are too old. */
  #forgetOld(nowMs: number): void {
    const { windowMs, halfOpenTimeoutMs } = this.#options
    this.#permits = this.#permits.filter(permit => permit.sinceMs > nowMs - halfOpenTimeoutMs)
    this.#results = this.#results.filter(result => result.atMs > nowMs - windowMs)
  }

  #open(nowMs: number): void {
    this.openUntilMs = nowMs + this.#options.openForMs
    this.#enter(OPEN)
  }

  #enter(state: BreakerState): void {
    this.state = state
    this.#ticket += 1
    this.#phase = this.#ticket
    this.#window.clear()
    this.#run?.clear()
    this.#permits = []
    this.#results = []
    this.#changed(state)
  }
}

/** The smallest number of `total` whose share of it is at least `ratio`; never 0. */
function fewest(ratio: number, total: number): number {
  let number = 1
  while (number < total && number / total < ratio) number += 1
  return number
}
