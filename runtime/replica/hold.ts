import { type Handler, problem, type Reply, type Request } from '../kit/index.ts'

/** Requests that may wait; beyond it they are refused at once (503). */
const HELD_MAX = 100_000

/**
 * Stands in for a replica's handler while there is none: requests wait, each as long as its caller does, and are then handled in
 * the order in which they came.
 */
export class Hold {
  readonly #held: { readonly request: Request; readonly resolve: (reply: Promise<Reply> | Reply) => void }[] = []
  readonly #full: Reply

  constructor(replica: string) {
    this.#full = problem(503, {
      detail: 'The component is being restarted, and too many requests wait for it.',
      headers: { 'retry-after': '1' },
      proxyStatus: { replica, error: 'connection_limit_reached', details: 'restart' },
    })
  }

  readonly handler: Handler = request => {
    if (this.#held.length >= HELD_MAX) return this.#full
    return new Promise(resolve => this.#held.push({ request, resolve }))
  }

  /** Lets `handler` take those that wait, less those whose callers have gone. Must be followed by no more requests. */
  release(handler: Handler): void {
    for (const { request, resolve } of this.#held.splice(0)) {
      // What it resolves to is sent to nobody.
      if (request.cancellation.cancelled) resolve(this.#full)
      else resolve(new Promise(done => done(handler(request))))
    }
  }
}
