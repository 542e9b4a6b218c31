import {
  Budget,
  Cancellation,
  type Clock,
  Deadlines,
  defineTactic,
  type Handler,
  type Reply,
  type Request,
  repeatable,
  type TacticContext,
} from '@archlab/runtime/kit'
import { HedgedCall, type HedgeOwner, isGood } from './hedged-call.ts'
import { LatencyQuantile } from './latency-quantile.ts'
import { check, parseAfter, settings } from './settings.ts'

type Counter = 'allowed' | 'hedged' | 'won_by_hedge' | 'budget_refused' | 'ineligible'

/** Timers have a resolution of a millisecond: a second call sooner than that would go out at random. */
const AFTER_MIN_MS = 1
/** How much longer than the wait a call is taken to last that was cut off: a bucket of the histogram. */
const CUT_FACTOR = 1.1

/** Asks a second replica when the first takes long. */
export default defineTactic({
  name: 'hedge',
  summary: 'Makes a second call when the first takes longer than most, and answers with what comes first.',
  about:
    'For a link to several replicas: the second call goes to one that was not asked yet. Only requests with an idempotent ' +
    'method or an Idempotency-Key are sent twice. after: p95 learns from the first calls of the last minutes (at least ' +
    '1 ms), so that about one request in twenty is sent twice; the budget bounds it when everything slows down at once. The ' +
    'first good reply wins and the other call is cancelled; a reply of 5xx or 429 only counts when no other call is under ' +
    'way. A reply that comes at once, in the same turn, costs nothing and teaches nothing.',
  realises: 'maintain multiple copies of computations',
  settings,
  counters: {
    allowed: 'Requests that needed no second call.',
    hedged: 'Requests for which a second call was made.',
    won_by_hedge: 'Requests answered by their second call.',
    budget_refused: 'Requests whose second call the budget refused.',
    ineligible: 'Requests that may not be sent twice.',
  },
  gauges: { after_ms: 'Wait before a second call, in milliseconds; 0 while it is being learned.' },
  example: '- hedge: { after: p95 }',
  check,
  model: () => [
    { type: 'unmodelled', why: 'the faster of two calls, whose times depend on the same load, has no formula' },
  ],

  create(context) {
    const hedge = new Hedge(context)
    context.scope.defer(() => hedge.close())
    return context.reportOnly
      ? next => request => hedge.observe(request, next)
      : next => request => hedge.handle(request, next)
  },
})

/** The tail at scale: J. Dean, L. A. Barroso, Communications of the ACM 56(2), 2013 ("hedged requests"). */
class Hedge implements HedgeOwner {
  readonly left: Reply
  readonly clock: Clock
  readonly #context: TacticContext<typeof settings, Counter, 'after_ms'>
  readonly #budget: Budget
  readonly #deadlines: Deadlines
  readonly #learned: LatencyQuantile | undefined = undefined
  /** Wait before a second call; `undefined` while it is being learned. */
  #afterMs: number | undefined

  constructor(context: TacticContext<typeof settings, Counter, 'after_ms'>) {
    const { settings: one, clock, gauge, keep } = context
    const after = parseAfter(one.after)
    this.#context = context
    this.clock = clock
    const { budgetRatio, budgetFloor, minSamples } = one
    this.#budget = keep('budget', { budgetRatio, budgetFloor }, () => new Budget(budgetRatio, budgetFloor))
    this.#deadlines = new Deadlines(clock)
    if ('quantile' in after) {
      const { quantile } = after
      this.#learned = keep('latencies', { quantile, minSamples }, () => new LatencyQuantile(quantile, minSamples))
    }
    this.#afterMs = 'fixedMs' in after ? after.fixedMs : undefined
    gauge.after_ms.set(this.#afterMs ?? 0)
    this.left = context.refuse(504, 'http_response_timeout', 'hedge', { detail: 'The caller has gone.' })
  }

  close(): void {
    this.#deadlines.close()
  }

  handle(request: Request, next: Handler): Reply | Promise<Reply> {
    if (!this.#enters(request)) return next(request)
    const nowMs = this.#context.clock.nowMs()
    const first = request.with({ tried: request.tried ?? [], cancellation: new Cancellation() })
    const outcome = this.#call(next, first)
    if (!(outcome instanceof Promise)) {
      this.#context.count.allowed.add()
      return outcome
    }
    const call = new HedgedCall(this, next, request, first, nowMs)
    const afterMs = this.#after(nowMs)
    // Who waits no longer then needs no second call.
    if (afterMs !== undefined && nowMs + afterMs < request.deadlineMs) this.#deadlines.add(call, nowMs + afterMs, nowMs)
    call.begin(outcome)
    return call.outcome
  }

  /** report-only: counts what would be done, once it is known how long the call took. */
  observe(request: Request, next: Handler): Reply | Promise<Reply> {
    if (!this.#enters(request)) return next(request)
    const { clock, count } = this.#context
    const sentAtMs = clock.nowMs()
    const afterMs = this.#after(sentAtMs) ?? Number.POSITIVE_INFINITY
    const outcome = this.#call(next, request)
    if (!(outcome instanceof Promise)) {
      count.allowed.add()
      return outcome
    }
    const took = (reply: Reply | undefined): void => {
      const nowMs = clock.nowMs()
      if (reply && isGood(reply)) this.#learned?.record(nowMs - sentAtMs, nowMs)
      if (nowMs - sentAtMs <= afterMs || sentAtMs + afterMs >= request.deadlineMs) count.allowed.add()
      else this.second(nowMs)
    }
    outcome.then(took, () => took(undefined))
    return outcome
  }

  second(nowMs: number): boolean {
    const { hedged, budget_refused: budgetRefused } = this.#context.count
    const granted = this.#budget.spend(nowMs)
    ;(granted ? hedged : budgetRefused).add()
    return granted
  }

  ended(call: HedgedCall, { unhedged, won }: { unhedged: boolean; won: boolean }): void {
    const { allowed, won_by_hedge: wonByHedge } = this.#context.count
    this.#deadlines.remove(call)
    if (unhedged) allowed.add()
    if (won) wonByHedge.add()
  }

  took(call: HedgedCall, cut: boolean): void {
    if (!this.#learned) return
    const nowMs = this.#context.clock.nowMs()
    const tookMs = nowMs - call.sentAtMs
    // Leaving out the calls that were cut off, which are the longest, would make the quantile fall and fall.
    this.#learned.record(cut ? Math.max(tookMs, (this.#afterMs ?? 0) * CUT_FACTOR) : tookMs, nowMs)
  }

  /** False for a request that is not this tactic's business. */
  #enters(request: Request): boolean {
    if (!repeatable(request)) {
      this.#context.count.ineligible.add()
      return false
    }
    this.#budget.earn(request.arrivedAtMs)
    return true
  }

  #call(next: Handler, request: Request): Reply | Promise<Reply> {
    try {
      return next(request)
    } catch (error) {
      this.#context.count.allowed.add()
      throw error
    }
  }

  #after(nowMs: number): number | undefined {
    if (!this.#learned) return this.#afterMs
    const valueMs = this.#learned.valueMs(nowMs)
    const afterMs = valueMs === undefined ? undefined : Math.max(AFTER_MIN_MS, valueMs)
    if (afterMs !== this.#afterMs) {
      this.#afterMs = afterMs
      this.#context.gauge.after_ms.set(afterMs ?? 0)
    }
    return afterMs
  }
}
