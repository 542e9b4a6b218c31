import {
  compileStatuses,
  defineTactic,
  type Handler,
  type Link,
  type Reply,
  type Request,
  type TacticContext,
} from '@archlab/runtime/kit'
import { check, settings } from './settings.ts'
import { marked, staticReply } from './substitute.ts'

type Counter = 'passed' | 'replaced' | 'failed'

/** Answers something useful when the real thing fails. */
export default defineTactic({
  name: 'fallback',
  summary: 'Replaces failures: by a static reply, or by what another component answers.',
  about:
    'Either to names a component that gets the same request, or status, json, text and headers make up a static reply. The ' +
    'substitute says so in Proxy-Status (received-status is what it replaces) and is not for caches (Cache-Control: ' +
    'no-store). When the other component fails too, with one of the statuses in on, the original reply is the answer. Every ' +
    'method is asked anew with to; use match where the other component must not see writes. A caller that has gone gets no ' +
    'substitute. It stands outside of what makes the failures: before timeout, retry and circuit-breaker in the list.',
  realises: 'graceful degradation',
  settings,
  counters: {
    passed: 'Requests whose reply was handed on as it was.',
    replaced: 'Requests answered by the substitute.',
    failed: 'Requests whose failure could not be replaced.',
  },
  example: '- fallback: { status: 200, json: { items: [], degraded: true } }',
  check,
  model: one =>
    one.to === undefined
      ? [{ type: 'substitute', replaces: compileStatuses(one.on) }]
      : [{ type: 'unmodelled', why: 'what the other component answers in place of failures is left out' }],

  create(context) {
    const fallback = new Fallback(context)
    return next => request => fallback.handle(request, next)
  },
})

class Fallback {
  readonly #context: TacticContext<typeof settings, Counter>
  readonly #replaces: (status: number) => boolean
  readonly #static: Reply | undefined
  readonly #link: Link | undefined
  readonly #threw: (error: unknown) => never
  /** The latest failure that was replaced, and by what. */
  #last: { status: number; headers: string; reply: Reply } | undefined = undefined
  #toldOnce = false

  constructor(context: TacticContext<typeof settings, Counter>) {
    this.#context = context
    this.#replaces = compileStatuses(context.settings.on)
    this.#static = staticReply(context.settings)
    this.#link = context.link('to')
    if (!this.#static && !this.#link) throw new Error('fallback needs the link of its setting to')
    // A throw is a bug: replacing it would hide it.
    this.#threw = error => {
      context.count.failed.add()
      throw error
    }
  }

  handle(request: Request, next: Handler): Reply | Promise<Reply> {
    let outcome: Reply | Promise<Reply>
    try {
      outcome = next(request)
    } catch (error) {
      return this.#threw(error)
    }
    if (outcome instanceof Promise) return outcome.then(reply => this.#judge(reply, request), this.#threw)
    return this.#judge(outcome, request)
  }

  #judge(reply: Reply, request: Request): Reply | Promise<Reply> {
    const { count, reportOnly } = this.#context
    if (!this.#replaces(reply.status) || request.cancellation.cancelled) {
      count.passed.add()
      return reply
    }
    if (!this.#static && !reportOnly) return this.#ask(reply, request)
    count.replaced.add()
    return this.#static && !reportOnly ? this.#inPlaceOf(reply, this.#static) : reply
  }

  /** The static reply, marked. Under overload one refusal, prepared by whoever refuses, follows another. */
  #inPlaceOf(original: Reply, substitute: Reply): Reply {
    const { status, headers } = original
    if (this.#last?.status !== status || this.#last.headers !== headers) {
      const by = {
        replica: this.#context.self.replica,
        error: 'proxy_internal_response',
        keepCacheControl: true,
      } as const
      this.#last = { status, headers, reply: marked(substitute, original, by) }
    }
    return this.#last.reply
  }

  /** Asks the other component; the original stands when that fails too. */
  async #ask(original: Reply, request: Request): Promise<Reply> {
    const { clock, count, self } = this.#context
    let substitute: Reply
    try {
      substitute = await this.#link!.call(request.with({ arrivedAtMs: clock.nowMs() }))
    } catch (error) {
      count.failed.add()
      this.#told(error)
      return original
    }
    if (this.#replaces(substitute.status)) {
      count.failed.add()
      return original
    }
    count.replaced.add()
    const by = { replica: self.replica, error: 'destination_unavailable', keepCacheControl: false } as const
    return marked(substitute, original, by)
  }

  /** A link that throws has a bug in its tactics; the first is logged, so that a busy one does not flood the log. */
  #told(error: unknown): void {
    if (this.#toldOnce) return
    this.#toldOnce = true
    this.#context.log.error('fallback-threw', { error: error instanceof Error ? error.message : String(error) })
  }
}
