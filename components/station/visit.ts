import type { CancellationListener, Reply, Request } from '@archlab/runtime/kit'
import { Job } from './job.ts'

/** Who is told of a visit's end and of its caller's. */
export interface VisitOwner {
  /** The visit has left; returns what its caller is answered. */
  ended(visit: Visit): Reply
  callerGone(visit: Visit): void
}

/** A request at a station: job, listener of the caller's cancellation and holder of the reply in one. */
export class Visit extends Job implements CancellationListener {
  readonly request: Request
  readonly #owner: VisitOwner
  #reply: Reply | undefined = undefined
  #resolve: ((reply: Reply) => void) | undefined = undefined

  constructor(owner: VisitOwner, request: Request, demandMs: number, deadlineMs: number, urgency: number) {
    super(demandMs, deadlineMs, urgency)
    this.request = request
    this.#owner = owner
  }

  /** The reply, at once where the visit is over. */
  get outcome(): Reply | Promise<Reply> {
    return (
      this.#reply ??
      new Promise(resolve => {
        this.#resolve = resolve
      })
    )
  }

  override left(): void {
    this.#reply = this.#owner.ended(this)
    this.#resolve?.(this.#reply)
  }

  cancelled(): void {
    this.#owner.callerGone(this)
  }
}
