import { inspect } from 'node:util'
import { type Clock, type Handler, type Log, problem, type Reply, type Request } from '../kit/index.ts'
import type { Refusal, Traffic } from '../meters/index.ts'

/** A handler, and the requests that it has not answered. */
interface Work {
  readonly handler: Handler
  running: number
  /** Called when it is not used any more and has answered its last request. */
  ended: (() => void) | undefined
}

/**
 * A replica's handler as its transports see it: it never throws or rejects, and every request is counted exactly once,
 * when its reply is handed over or when its caller turns out to have gone.
 */
export class Service {
  /** Requests taken and not yet answered. */
  inFlight = 0
  /** Those of them whose caller has gone. */
  #left = 0
  #work: Work
  /** Resolves when no handler before the present one is used any more. */
  #before: Promise<void> = Promise.resolve()
  readonly #traffic: Traffic
  readonly #clock: Clock
  readonly #log: Log
  readonly #crashReply: Reply
  /** First lines of faults already logged: a bug in a busy handler must not flood the log. */
  readonly #logged = new Set<string>()

  constructor(options: { handler: Handler; traffic: Traffic; clock: Clock; log: Log; replica: string }) {
    this.#work = { handler: options.handler, running: 0, ended: undefined }
    this.#traffic = options.traffic
    this.#clock = options.clock
    this.#log = options.log
    this.#crashReply = problem(500, {
      detail: 'The component failed on this request; its log says why.',
      proxyStatus: { replica: options.replica, error: 'proxy_internal_error', details: 'handler threw' },
    })
  }

  /**
   * Lets another handler take all requests from now on. Resolves when those before, which may use the same things, have
   * answered their last one.
   */
  async swap(handler: Handler): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    const before = this.#work
    before.ended = resolve
    if (before.running === 0) resolve()
    this.#work = { handler, running: 0, ended: undefined }
    this.#before = this.#before.then(() => promise)
    await this.#before
  }

  /** Runs a request and calls `done` with its reply, in the same turn where the handler answers at once. */
  run(request: Request, done: (reply: Reply) => void): void {
    this.inFlight += 1
    this.#traffic.received()
    const work = this.#work
    let outcome: Reply | Promise<Reply>
    try {
      outcome = work.handler(request)
    } catch (error) {
      outcome = this.#crashed(error)
    }
    if (!(outcome instanceof Promise)) {
      done(this.#sound(outcome))
      return
    }
    work.running += 1
    outcome.then(
      reply => {
        leave(work)
        done(this.#sound(reply))
      },
      error => {
        leave(work)
        done(this.#crashed(error))
      },
    )
  }

  /** Counts the reply. False when nobody waits for it any more: then there is nothing to send. */
  finish(request: Request, reply: Reply): boolean {
    this.inFlight -= 1
    if (request.cancellation.cancelled) {
      this.#left -= 1
      this.#traffic.abandoned()
      return false
    }
    this.#traffic.replied(reply.status, this.#clock.nowMs() - request.arrivedAtMs)
    return true
  }

  /** Counts why the server answers without a request to handle; the reply, or its loss, is counted besides. */
  refuse(reason: Refusal): void {
    this.#traffic.refused(reason)
  }

  /** Counts a reply that the server made before there was a request to handle. */
  refused(status: number, latencyMs: number): void {
    this.#traffic.received()
    this.#traffic.replied(status, latencyMs)
  }

  /** Requests that somebody waits for. */
  get awaited(): number {
    return this.inFlight - this.#left
  }

  /** The caller of a request under way has gone: nobody waits for its reply. */
  abandon(request: Request): void {
    if (request.cancellation.cancelled) return
    this.#left += 1
    request.cancellation.cancel()
  }

  /** Counts a request whose sender went away before it was complete. */
  lost(): void {
    this.#traffic.received()
    this.#traffic.abandoned()
  }

  /** The reply, or 500 where a module answered what no transport can carry: it must not harm the replicas in front. */
  #sound(reply: Reply): Reply {
    return isReply(reply)
      ? reply
      : this.#crashed(new TypeError(`answered ${inspect(reply, { depth: 1 })}, not a Reply`))
  }

  #crashed(error: unknown): Reply {
    this.#traffic.fault()
    const stack = error instanceof Error && typeof error.stack === 'string' ? error.stack : inspect(error)
    const key = stack.split('\n', 2).join('\n')
    if (!this.#logged.has(key) && this.#logged.size < 100) {
      this.#logged.add(key)
      this.#log.error('handler-threw', { error: stack, note: 'further faults of this kind are only counted' })
    }
    return this.#crashReply
  }
}

function leave(work: Work): void {
  work.running -= 1
  if (work.ended && work.running === 0) work.ended()
}

/** By its shape, since a module may bring a copy of the kit with it. Interim replies (1xx) are the server's own affair. */
function isReply(reply: unknown): boolean {
  if (typeof reply !== 'object' || reply === null) return false
  const { status, headers, body, replica, timing } = reply as Partial<Reply>
  return (
    Number.isInteger(status) &&
    status! >= 200 &&
    status! <= 599 &&
    typeof headers === 'string' &&
    (headers === '' || (headers.startsWith('\n') && !headers.includes('\r'))) &&
    (typeof body === 'string' || body instanceof Uint8Array) &&
    typeof replica === 'string' &&
    typeof timing === 'string'
  )
}
