import { Cancellation, type CancellationListener, type Expiring, type Expiry, type Reply } from '@archlab/runtime/kit'

/** A question under way: entry of the timeout list, listener of the cancellation, holder of the promise. */
export class PendingQuestion implements Expiring, CancellationListener {
  dueMs = 0
  before: Expiring | undefined = undefined
  after: Expiring | undefined = undefined
  /** Tells the one who is asked that nobody waits any more. */
  readonly own = new Cancellation()
  /** The answer; `undefined` when there is none in time, or the question was called off. */
  readonly promise: Promise<Reply | undefined>
  #resolve: ((reply: Reply | undefined) => void) | undefined
  readonly #expiry: Expiry
  readonly #cancellation: Cancellation
  readonly #onFailure: () => void

  /** `onFailure` is called when the one who is asked breaks or is too slow. */
  constructor(expiry: Expiry, cancellation: Cancellation, onFailure: () => void) {
    this.#expiry = expiry
    this.#cancellation = cancellation
    this.#onFailure = onFailure
    this.promise = new Promise(resolve => {
      this.#resolve = resolve
    })
  }

  /** Begins to wait. */
  start(nowMs: number): void {
    this.#expiry.add(this, nowMs)
    this.#cancellation.attach(this)
  }

  readonly answered = (reply: Reply): void => this.#end(reply, false)
  readonly broke = (): void => this.#end(undefined, true)

  expire(): void {
    this.#end(undefined, true)
    this.own.cancel()
  }

  cancelled(): void {
    this.#end(undefined, false)
    this.own.cancel()
  }

  #end(reply: Reply | undefined, failed: boolean): void {
    const resolve = this.#resolve
    if (!resolve) return
    this.#resolve = undefined
    this.#expiry.remove(this)
    this.#cancellation.detach(this)
    if (failed) this.#onFailure()
    resolve(reply)
  }
}
