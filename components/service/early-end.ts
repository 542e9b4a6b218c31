import type { ComponentContext, Meter, Reply, Request } from '@archlab/runtime/kit'

/** Timers of one deadline fire about this far apart. */
const DEADLINE_SLACK_MS = 2

/** The replies to requests that are given up: their caller has gone, or its time is over. */
export class EarlyEnd {
  readonly #clock: ComponentContext['clock']
  readonly #count: Meter
  readonly #gone: Reply
  readonly #late: Reply
  readonly #full: Reply

  constructor({ clock, refuse }: Pick<ComponentContext, 'clock' | 'refuse'>, count: Meter) {
    this.#clock = clock
    this.#count = count
    this.#gone = refuse(503, 'connection_terminated', 'script', { detail: 'The caller has gone.' })
    this.#late = refuse(504, 'http_response_timeout', 'script', { detail: "The caller's time is over." })
    this.#full = refuse(503, 'connection_limit_reached', 'script', {
      detail: 'This replica is closing, or too many requests wait in it.',
      headers: { 'retry-after': '1' },
    })
  }

  /** True when nobody waits for the reply any more. */
  isDue({ cancellation, deadlineMs }: Request): boolean {
    return cancellation.cancelled || this.#clock.nowMs() >= deadlineMs - DEADLINE_SLACK_MS
  }

  /** The reply to a request that is given up; 503 also when it is, though somebody still waits. */
  replyTo(request: Request): Reply {
    if (request.cancellation.cancelled) return this.#gone
    return this.isDue(request) ? this.#late : this.#full
  }

  /** Counts the request when that is how it ended. */
  counted(ending: Reply): Reply {
    if (ending === this.#gone || ending === this.#late || ending === this.#full) this.#count.add()
    return ending
  }
}
