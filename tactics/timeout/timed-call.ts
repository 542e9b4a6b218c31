import {
  type Cancellation,
  type CancellationListener,
  type Clock,
  Deadlines,
  type Due,
  type Expiring,
  Expiry,
  type Meter,
  type Reply,
  type Request,
} from '@archlab/runtime/kit'

/** How much earlier than here the time may be over for a hop behind: timers fire up to 1 ms early, and time is rounded. */
const EARLY_MS = 2

/** What a time limit counts; each call adds one to exactly one of them. */
export interface TimedMeters {
  readonly passed: Meter
  readonly timed_out: Meter
  readonly left: Meter
}

/** One limit for all calls of a place: two timers at most, however many calls are under way. */
export class TimeLimit {
  readonly afterMs: number
  readonly clock: Clock
  readonly count: TimedMeters
  /** What is answered instead of a reply that does not come in time. */
  readonly tooLate: Reply
  /** Told when something that was aborted threw. */
  readonly aborted: (error: unknown) => void
  readonly #expiry: Expiry
  /** Calls whose caller stops waiting earlier than the limit would. */
  readonly #deadlines: Deadlines

  constructor(
    afterMs: number,
    options: { clock: Clock; count: TimedMeters; tooLate: Reply; aborted: (error: unknown) => void },
  ) {
    this.afterMs = afterMs
    this.clock = options.clock
    this.count = options.count
    this.tooLate = options.tooLate
    this.aborted = options.aborted
    this.#expiry = new Expiry(options.clock, afterMs)
    this.#deadlines = new Deadlines(options.clock)
  }

  /** Expires `call` after the limit or at its caller's deadline, whichever is earlier. */
  start(call: TimedCall, caller: Request, nowMs: number): void {
    if (caller.deadlineMs < nowMs + this.afterMs) this.#deadlines.add(call, caller.deadlineMs, nowMs)
    else this.#expiry.add(call, nowMs)
  }

  stop(call: TimedCall): void {
    this.#deadlines.remove(call)
    this.#expiry.remove(call)
  }

  /** Calls the timers off for good; nothing times out any more. */
  close(): void {
    this.#expiry.close()
    this.#deadlines.close()
  }
}

/**
 * A call under way: entry of the timers' lists, listener of the caller's cancellation and holder of the promise in one. It
 * ends once: by its reply or failure, by the end of its time, or because its caller goes.
 */
export class TimedCall implements Expiring, Due, CancellationListener {
  /** The outcome if it comes in time. Of what comes later nothing is heard, errors included. */
  readonly reply: Promise<Reply>
  dueMs = 0
  before: Expiring | undefined = undefined
  after: Expiring | undefined = undefined
  place = -1
  readonly #limit: TimeLimit
  readonly #caller: Request
  readonly #work: Cancellation | undefined
  #resolve: ((reply: Reply) => void) | undefined = undefined
  #reject: ((error: unknown) => void) | undefined = undefined
  #ended = false

  /**
   * `nowMs` is when the call began. `work` is cancelled when nobody waits any more; without it the call is only observed, and
   * `reply` is its outcome whenever that comes.
   */
  constructor(
    limit: TimeLimit,
    caller: Request,
    nowMs: number,
    outcome: Promise<Reply>,
    work: Cancellation | undefined,
  ) {
    this.#limit = limit
    this.#caller = caller
    this.#work = work
    this.reply = work ? this.#bounded() : outcome
    outcome.then(
      reply => this.#replied(reply),
      error => {
        if (this.#end(limit.count.passed)) this.#reject?.(error)
      },
    )
    limit.start(this, caller, nowMs)
    caller.cancellation.attach(this)
  }

  /** The time is over. */
  expire(): void {
    if (this.#end(this.#limit.count.timed_out)) this.#abort()
  }

  /** The caller goes. */
  cancelled(): void {
    if (this.#end(this.#limit.count.left)) this.#abort()
  }

  #replied(reply: Reply | undefined): void {
    // Hops behind give up at the deadline handed down, about when it is over here: that is the same timeout, told by them.
    const late = reply?.status === 504 && this.#limit.clock.nowMs() >= this.dueMs - EARLY_MS
    if (late) this.expire()
    else if (this.#end(this.#limit.count.passed)) this.#resolve?.(reply as Reply)
  }

  #bounded(): Promise<Reply> {
    return new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
  }

  /** False when the call has ended before. */
  #end(meter: Meter): boolean {
    if (this.#ended) return false
    this.#ended = true
    meter.add()
    this.#limit.stop(this)
    this.#caller.cancellation.detach(this)
    return true
  }

  #abort(): void {
    this.#resolve?.(this.#limit.tooLate)
    try {
      this.#work?.cancel()
    } catch (error) {
      this.#limit.aborted(error)
    }
  }
}
