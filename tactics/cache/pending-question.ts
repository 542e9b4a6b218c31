import type { Cancellation, CancellationListener, Expiring, Expiry, Reply } from '@archlab/runtime/kit'

/** Who may lose interest in a question. */
export interface QuestionParties {
  /** Tells the one who is asked that nobody waits any more. */
  readonly own: Cancellation
  /** Says that the one who asked has gone. */
  readonly asker: Cancellation
}

/** A question under way: entry of the timeout list, listener of the cancellation, holder of the promise. */
export class PendingQuestion implements Expiring, CancellationListener {
  dueMs = 0
  before: Expiring | undefined = undefined
  after: Expiring | undefined = undefined
  /** The answer; `undefined` when there is none in time, or the question was called off. */
  readonly promise: Promise<Reply | undefined>
  #resolve: ((reply: Reply | undefined) => void) | undefined
  readonly #expiry: Expiry
  readonly #parties: QuestionParties
  readonly #onFailure: () => void

  /** `onFailure` is called when the one who is asked breaks or is too slow. */
  constructor(expiry: Expiry, parties: QuestionParties, onFailure: () => void) {
    this.#expiry = expiry
    this.#parties = parties
    this.#onFailure = onFailure
    this.promise = new Promise(resolve => {
      this.#resolve = resolve
    })
  }

  /** Begins to wait. */
  start(nowMs: number): void {
    this.#expiry.add(this, nowMs)
    this.#parties.asker.attach(this)
  }

  readonly answered = (reply: Reply): void => this.#end(reply, false)
  readonly broke = (): void => this.#end(undefined, true)

  expire(): void {
    this.#end(undefined, true)
    this.#parties.own.cancel()
  }

  cancelled(): void {
    this.#end(undefined, false)
    this.#parties.own.cancel()
  }

  #end(reply: Reply | undefined, failed: boolean): void {
    const resolve = this.#resolve
    if (!resolve) return
    this.#resolve = undefined
    this.#expiry.remove(this)
    this.#parties.asker.detach(this)
    if (failed) this.#onFailure()
    resolve(reply)
  }
}
