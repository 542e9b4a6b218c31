import {
  BUDGET_WINDOW_MS,
  Budget,
  compileStatuses,
  defineTactic,
  type Handler,
  Pauses,
  type Reply,
  type Request,
  repeatable,
  type TacticContext,
} from '@archlab/runtime/kit'
import { retryAfterMs, withRetryAfter } from './retry-after.ts'
import { budgetRatio, check, settings } from './settings.ts'

type Counter = 'allowed' | 'retried' | 'recovered' | 'exhausted' | 'budget_refused' | 'gave_up' | 'not_retryable'

const TOO_MANY_REQUESTS = 429
/** What may be sent again without an Idempotency-Key. */
const REPEATABLE = ['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE']

/** Tries again what failed and may be repeated. */
export default defineTactic({
  name: 'retry',
  summary: 'Sends a request again when its reply says that another try may succeed.',
  about:
    'Only requests with an idempotent method (GET, HEAD, OPTIONS, TRACE, PUT, DELETE) or an Idempotency-Key are sent again, ' +
    'with their body, and on a link preferably to a replica that was not asked yet. The wait before retry n is random, from ' +
    '0 to backoff × 2^(n-1), at most max-backoff (full jitter); a Retry-After comes on top of it. No wait lasts beyond the ' +
    "caller's deadline or departure. The budget bounds what a failing target has to bear: at most 20 % more calls than " +
    'without retries. What it has failed with carries Retry-After: 10 (unless the budget is unlimited), so that retries further ' +
    'out leave it at that instead of multiplying. With report-only the first reply stands; what would have been tried again is counted as ' +
    'retried and exhausted.',
  realises: 'retry',
  settings,
  counters: {
    allowed: 'Requests that needed no second try.',
    retried: 'Further tries.',
    recovered: 'Requests that a further try saved.',
    exhausted: 'Requests that failed in all their tries.',
    budget_refused: 'Requests that were not tried again because the budget was used up.',
    gave_up: 'Requests not tried again because of Retry-After, the deadline, or because the caller had gone.',
    not_retryable: 'Requests that may not be repeated.',
  },
  example: '- retry: { attempts: 3, backoff: 25ms }',
  check,
  model: one => [
    {
      type: 'repeat',
      attempts: one.attempts,
      budgetRatio: budgetRatio(one.budget),
      // The wait is uniform from 0 on.
      waitsMs: Array.from(
        { length: one.attempts - 1 },
        (_, n) => Math.min(one.maxBackoffMs, one.backoffMs * 2 ** n) / 2,
      ),
      // A 429 is tried again only when it says when, which a window of seconds does not.
      repeats: (status: number) => status !== TOO_MANY_REQUESTS && compileStatuses(one.on)(status),
      methods: REPEATABLE,
    },
  ],

  create(context) {
    const retry = new Retry(context)
    context.scope.defer(() => retry.close())
    return context.reportOnly
      ? next => request => retry.observe(request, next)
      : next => request => retry.handle(request, next)
  },
})

class Retry {
  readonly #context: TacticContext<typeof settings, Counter>
  readonly #listed: (status: number) => boolean
  readonly #budget: Budget
  readonly #pauses: Pauses
  readonly #threw: (error: unknown) => never

  constructor(context: TacticContext<typeof settings, Counter>) {
    const { settings: one, clock, count, keep } = context
    this.#context = context
    this.#listed = compileStatuses(one.on)
    const { budget, budgetFloor } = one
    this.#budget = keep('budget', { budget, budgetFloor }, () => new Budget(budgetRatio(budget), budgetFloor))
    this.#pauses = new Pauses(clock)
    // A throw is a bug, which another try would only repeat.
    this.#threw = error => {
      count.allowed.add()
      throw error
    }
  }

  close(): void {
    this.#pauses.close()
  }

  handle(request: Request, next: Handler): Reply | Promise<Reply> {
    if (!this.#enters(request)) return next(request)
    const first = request.tried ? request : request.with({ tried: [] })
    const outcome = this.#call(next, first)
    if (outcome instanceof Promise) return outcome.then(reply => this.#judge(reply, first, next), this.#threw)
    return this.#judge(outcome, first, next)
  }

  /** report-only: counts what would be done. */
  observe(request: Request, next: Handler): Reply | Promise<Reply> {
    if (!this.#enters(request)) return next(request)
    const outcome = this.#call(next, request)
    const observed = (reply: Reply): Reply => {
      this.#context.count[this.#verdict(reply, request)].add()
      return reply
    }
    return outcome instanceof Promise ? outcome.then(observed, this.#threw) : observed(outcome)
  }

  /** False for a request that is not this tactic's business. */
  #enters(request: Request): boolean {
    if (!repeatable(request)) {
      this.#context.count.not_retryable.add()
      return false
    }
    this.#budget.earn(request.arrivedAtMs)
    return true
  }

  #call(next: Handler, request: Request): Reply | Promise<Reply> {
    try {
      return next(request)
    } catch (error) {
      return this.#threw(error)
    }
  }

  #judge(reply: Reply, request: Request, next: Handler): Reply | Promise<Reply> {
    if (this.#listed(reply.status)) return this.#again(reply, request, next)
    this.#context.count.allowed.add()
    return reply
  }

  async #again(failure: Reply, request: Request, next: Handler): Promise<Reply> {
    const { settings: one, clock, count } = this.#context
    let reply = failure
    for (let retries = 0; retries < one.attempts - 1; retries++) {
      const nowMs = clock.nowMs()
      const waitMs = this.#waitMs(reply, retries)
      if (!this.#sensible(request, nowMs, waitMs)) return this.#end('gave_up', reply)
      if (!this.#budget.spend(nowMs)) return this.#end('budget_refused', reply)
      if (!(await this.#pauses.wait(request, waitMs, nowMs))) return this.#end('gave_up', reply)
      count.retried.add()
      try {
        // The time is that of the new try: tactics further in read it as now.
        reply = await next(request.with({ arrivedAtMs: clock.nowMs() }))
      } catch (error) {
        count.exhausted.add()
        throw error
      }
      if (!this.#listed(reply.status)) {
        count.recovered.add()
        return reply
      }
    }
    return this.#end('exhausted', reply)
  }

  /** How long to wait before the next try; Infinity when there is to be none. */
  #waitMs(reply: Reply, retries: number): number {
    const { settings: one, random, clock } = this.#context
    // Full jitter, U(0, min(cap, base × 2^n)): M. Brooker, Exponential Backoff And Jitter, AWS Architecture Blog, 2015.
    const jitterMs = random.next() * Math.min(one.maxBackoffMs, one.backoffMs * 2 ** retries)
    const askedMs = retryAfterMs(reply, clock.wallMs())
    if (askedMs === undefined) return reply.status === TOO_MANY_REQUESTS ? Number.POSITIVE_INFINITY : jitterMs
    return askedMs > one.maxRetryAfterMs ? Number.POSITIVE_INFINITY : askedMs + jitterMs
  }

  #sensible(request: Request, nowMs: number, waitMs: number): boolean {
    return waitMs < Number.POSITIVE_INFINITY && !request.cancellation.cancelled && nowMs + waitMs < request.deadlineMs
  }

  /**
   * The failure stands. Retries further out are asked to leave it at that: retries in several layers multiply, so the one
   * nearest to the trouble makes them (B. Beyer et al., Site Reliability Engineering, 2016, ch. 22).
   */
  #end(verdict: 'gave_up' | 'budget_refused' | 'exhausted', reply: Reply): Reply {
    const { clock, count, settings: one } = this.#context
    count[verdict].add()
    if (verdict === 'gave_up' || one.attempts === 1 || this.#budget.unlimited) return reply
    return withRetryAfter(reply, BUDGET_WINDOW_MS / 1000, clock.wallMs())
  }

  /** What would become of the request, counting the retry that would be made. */
  #verdict(reply: Reply, request: Request): Counter {
    const { settings: one, clock, count } = this.#context
    if (!this.#listed(reply.status)) return 'allowed'
    if (one.attempts === 1) return 'exhausted'
    const nowMs = clock.nowMs()
    if (!this.#sensible(request, nowMs, this.#waitMs(reply, 0))) return 'gave_up'
    if (!this.#budget.spend(nowMs)) return 'budget_refused'
    count.retried.add()
    return 'exhausted'
  }
}
