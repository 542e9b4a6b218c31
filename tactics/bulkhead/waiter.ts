import type { CancellationListener, Due, Expiring, Handler, Reply, Request } from '@archlab/runtime/kit'
import type { Waiting } from './waiting-line.ts'

/** Why a request stops waiting without having run. */
export type Departure = 'timed_out' | 'left' | 'rejected'

/** Who is told that a request stops waiting. */
export interface WaiterOwner {
  depart(waiter: Waiter, why: Departure): void
}

/** A request that waits for its turn: place in the line, entry of the timers and holder of the promise in one. */
export class Waiter implements Waiting, Expiring, Due, CancellationListener {
  readonly outcome: Promise<Reply>
  readonly request: Request
  readonly next: Handler
  /** When it stops waiting. */
  dueMs = 0
  // Of the line.
  ahead: Waiting | undefined = undefined
  behind: Waiting | undefined = undefined
  // Of the timers.
  before: Expiring | undefined = undefined
  after: Expiring | undefined = undefined
  place = -1
  readonly #owner: WaiterOwner
  resolve!: (outcome: Reply | Promise<Reply>) => void
  reject!: (error: unknown) => void

  constructor(request: Request, next: Handler, owner: WaiterOwner) {
    this.request = request
    this.next = next
    this.#owner = owner
    this.outcome = new Promise((resolve, reject) => {
      this.resolve = resolve
      this.reject = reject
    })
  }

  /** It has waited for too long, or its caller stops waiting. */
  expire(): void {
    this.#owner.depart(this, 'timed_out')
  }

  /** Its caller has gone. */
  cancelled(): void {
    this.#owner.depart(this, 'left')
  }
}
