import {
  Cancellation,
  type CancellationListener,
  type Clock,
  type Due,
  type Handler,
  type Reply,
  type Request,
} from '@archlab/runtime/kit'

const TOO_MANY_REQUESTS = 429

/** What a call needs of the tactic it belongs to. */
export interface HedgeOwner {
  /** What somebody gets who has left. */
  readonly left: Reply
  readonly clock: Clock
  /** Whether a second call may be made; called once at most for a call. */
  second(nowMs: number): boolean
  /** The call has ended in one way or another. `unhedged` when nothing was decided about a second call. */
  ended(call: HedgedCall, how: { unhedged: boolean; won: boolean }): void
  /** How long the first call took; `cut` when it would have taken longer. */
  took(call: HedgedCall, cut: boolean): void
}

/**
 * A request under way that may get a second call: promise, entry of the timeout list and listener of the caller's
 * cancellation in one object. The first good reply wins and the other call is cancelled; a failure only counts when no
 * other call is under way.
 */
export class HedgedCall implements Due, CancellationListener {
  dueMs = 0
  place = -1
  readonly sentAtMs: number
  readonly outcome: Promise<Reply>
  readonly #owner: HedgeOwner
  readonly #next: Handler
  readonly #caller: Request
  /** The first call's request; `undefined` once it has its reply. */
  #first: Request | undefined
  #second: Request | undefined = undefined
  #decided = false
  #ended = false
  #resolve!: (reply: Reply) => void
  #reject!: (error: unknown) => void

  constructor(owner: HedgeOwner, next: Handler, caller: Request, first: Request, sentAtMs: number) {
    this.#owner = owner
    this.#next = next
    this.#caller = caller
    this.#first = first
    this.sentAtMs = sentAtMs
    this.outcome = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
  }

  /** The first call is under way. */
  begin(outcome: Promise<Reply>): void {
    outcome.then(
      reply => this.#firstReplied(reply),
      error => this.#firstFailed(error),
    )
    this.#caller.cancellation.attach(this)
  }

  /** The first call takes too long. */
  expire(): void {
    const nowMs = this.#owner.clock.nowMs()
    this.#decided = true
    if (!this.#owner.second(nowMs)) return
    const tried = this.#first?.tried
    const second = this.#caller.with({ tried, cancellation: new Cancellation(), arrivedAtMs: nowMs })
    this.#second = second
    let outcome: Reply | Promise<Reply>
    try {
      outcome = this.#next(second)
    } catch (error) {
      this.#secondFailed(error)
      return
    }
    if (!(outcome instanceof Promise)) this.#secondReplied(outcome)
    else
      outcome.then(
        reply => this.#secondReplied(reply),
        error => this.#secondFailed(error),
      )
  }

  /** The caller has gone. */
  cancelled(): void {
    if (this.#ended) return
    this.#end(false)
    this.#resolve(this.#owner.left)
    this.#cancelCalls()
  }

  #firstReplied(reply: Reply): void {
    if (this.#ended) return
    if (isGood(reply)) this.#owner.took(this, false)
    this.#first = undefined
    if (isGood(reply) || !this.#second) this.#settle(reply, false)
  }

  #secondReplied(reply: Reply): void {
    if (this.#ended) return
    this.#second = undefined
    if (isGood(reply) && this.#first) this.#owner.took(this, true)
    if (isGood(reply) || !this.#first) this.#settle(reply, isGood(reply))
  }

  #firstFailed(error: unknown): void {
    this.#first = undefined
    if (!this.#second) this.#fail(error)
  }

  #secondFailed(error: unknown): void {
    this.#second = undefined
    if (!this.#first) this.#fail(error)
  }

  #settle(reply: Reply, won: boolean): void {
    this.#end(won)
    this.#resolve(reply)
    this.#cancelCalls()
  }

  #fail(error: unknown): void {
    if (this.#ended) return
    this.#end(false)
    this.#reject(error)
  }

  #end(won: boolean): void {
    this.#ended = true
    this.#caller.cancellation.detach(this)
    this.#owner.ended(this, { unhedged: !this.#decided, won })
  }

  #cancelCalls(): void {
    this.#first?.cancellation.cancel()
    this.#second?.cancellation.cancel()
  }
}

/** A server's failure, or a replica that has too much to do: another one may do better. */
export function isGood(reply: Reply): boolean {
  return reply.status < 500 && reply.status !== TOO_MANY_REQUESTS
}
