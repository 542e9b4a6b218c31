import type { Clock, ComponentContext, Meter, Reply, Request } from '@archlab/runtime/kit'
import { type Maybe, whenKnown } from './maybe.ts'
import { StoreFailure } from './store-failure.ts'

export interface StoreRepliesOptions {
  readonly clock: Clock
  /** How long a request waits for the store. */
  readonly timeoutMs: number
  readonly refuse: ComponentContext['refuse']
  readonly store: { readonly retryAfterSeconds: number }
  /** Counts requests that the store did not serve. */
  readonly failures: Meter
}

const NOT_KNOWN = 'A task may have been accepted or not; send it again with the same Idempotency-Key.'

/** Replies to requests that need the store: none waits for it beyond its time, and its failures are replies. */
export class StoreReplies {
  readonly #options: StoreRepliesOptions
  readonly #late: Reply
  readonly #lost: Reply
  readonly #tooMany: Reply
  readonly #away = new Map<number, Reply>()

  constructor(options: StoreRepliesOptions) {
    const { refuse } = options
    const headers = { 'retry-after': '1' }
    this.#options = options
    this.#late = refuse(504, 'connection_read_timeout', 'store', {
      detail: `The queue of jobs did not answer in time. ${NOT_KNOWN}`,
    })
    this.#lost = refuse(503, 'connection_terminated', 'store', {
      detail: `The connection to the queue of jobs was lost. ${NOT_KNOWN}`,
      headers,
    })
    this.#tooMany = refuse(503, 'connection_limit_reached', 'store', {
      detail: 'Too many requests wait for the queue of jobs.',
      headers,
    })
  }

  /** Asks the store and turns its answer into the reply, at once when the store answers at once. */
  reply<T>(request: Request, ask: () => Maybe<T>, answered: (answer: T) => Maybe<Reply>): Maybe<Reply> {
    const asked = ask()
    if (!(asked instanceof Promise)) return whenKnown(asked, answered)
    return this.#inTime(request, asked).then(answered, error => {
      if (!(error instanceof StoreFailure)) throw error
      this.#options.failures.add()
      return this.#failure(error)
    })
  }

  #failure({ kind }: StoreFailure): Reply {
    if (kind === 'timeout') return this.#late
    if (kind === 'terminated') return this.#lost
    return kind === 'busy' ? this.#tooMany : this.#unreachable(this.#options.store.retryAfterSeconds)
  }

  #unreachable(retryAfterSeconds: number): Reply {
    let reply = this.#away.get(retryAfterSeconds)
    if (!reply) {
      reply = this.#options.refuse(503, 'destination_unavailable', 'store', {
        detail: 'The queue of jobs cannot be reached.',
        headers: { 'retry-after': String(retryAfterSeconds) },
      })
      this.#away.set(retryAfterSeconds, reply)
    }
    return reply
  }

  /** Rejects when the answer takes longer than the store may, or than the caller waits. */
  #inTime<T>(request: Request, answer: Promise<T>): Promise<T> {
    const { clock, timeoutMs } = this.#options
    const leftMs = Math.min(timeoutMs, request.deadlineMs - clock.nowMs())
    return new Promise((resolve, reject) => {
      const callOff = clock.after(Math.max(leftMs, 0), () => reject(new StoreFailure('timeout', 'request')))
      answer.finally(callOff).then(resolve, reject)
    })
  }
}
