import {
  type Decoded,
  DroppedReply,
  defineTactic,
  distribution,
  type Handler,
  integer,
  Pauses,
  type Reply,
  type Request,
  ratio,
  type SettingProblem,
  sampler,
  type TacticContext,
} from '@archlab/runtime/kit'

const settings = {
  latency: distribution({ optional: true, doc: 'How long delayed requests are held up before they go on or fail.' }),
  'latency-rate': ratio({ default: '0%', doc: 'Share of the requests that are delayed.' }),
  status: integer({ min: 400, max: 599, default: 503, doc: 'Status of the replies to requests that fail.' }),
  'status-rate': ratio({ default: '0%', doc: 'Share of the requests that fail with that status.' }),
  drop: ratio({ default: '0%', doc: 'Share of the requests that get no reply: the connection is closed.' }),
} as const

type FaultSettings = Decoded<typeof settings>
type Counter = 'passed' | 'delayed' | 'failed' | 'dropped'

/** Where a component's own tactics stand; those of a link have a longer address. */
const INBOUND = /^components\.[^.]+\.tactics\./

function check(one: FaultSettings): SettingProblem[] {
  const problems: SettingProblem[] = []
  if (one.latencyRateRatio > 0 && one.latency === undefined) {
    const hint = 'write latency: 100ms, or a distribution'
    problems.push({ path: ['latency-rate'], message: 'a delay needs a latency', hint })
  }
  if (one.statusRateRatio + one.dropRatio > 1 + 1e-9) {
    const message = 'status-rate and drop are more than 100% together'
    problems.push({ path: ['drop'], message, hint: 'a request fails or is dropped, not both' })
  }
  return problems
}

/** Makes trouble on purpose, so that what should withstand it can be tested. */
export default defineTactic({
  name: 'fault',
  summary: 'Delays, fails or drops a random share of the requests, to test what should withstand it.',
  about:
    'Chance decides for each request on its own, not every k-th, from the seed of the run: status-rate: 30% fails 30 % in ' +
    'the long run. Delays are drawn independently of failures, so a request can be delayed and then fail. drop closes the ' +
    "connection without a reply where the component's clients come over HTTP; over a channel, and when fault stands on a " +
    'link, the caller gets what a link makes of a lost connection, 502 with connection_terminated. A link over HTTP may ' +
    'send an idempotent request again itself when a kept connection is closed under it. All rates are 0 unless set. A delay ' +
    "ends early with 504 at the caller's deadline.",
  realises: 'none: an instrument for testability',
  settings,
  counters: {
    passed: 'Requests that went on.',
    delayed: 'Requests that were delayed, whatever became of them.',
    failed: 'Requests answered with the chosen status.',
    dropped: 'Requests that got no reply.',
  },
  example: '- fault: { latency: { exponential: 200ms }, latency-rate: 5%, status-rate: 1% }',
  check,
  model: ({ latency, latencyRateRatio, status, statusRateRatio, dropRatio }) => [
    ...(latency ? [{ type: 'delay', chance: latencyRateRatio, time: latency } as const] : []),
    { type: 'fail', chance: statusRateRatio, status },
    // What fails is not dropped.
    { type: 'fail', chance: statusRateRatio < 1 ? dropRatio / (1 - statusRateRatio) : 0, status: 502 },
  ],

  create(context) {
    const fault = new Fault(context)
    context.scope.defer(() => fault.close())
    return next => request => fault.handle(request, next)
  },
})

class Fault {
  readonly #context: TacticContext<typeof settings, Counter>
  readonly #pauses: Pauses
  readonly #drawMs: (() => number) | undefined
  readonly #failure: Reply
  readonly #dropped: Reply
  readonly #late: Reply

  constructor(context: TacticContext<typeof settings, Counter>) {
    const { settings: one, clock, random, address, refuse } = context
    this.#context = context
    this.#pauses = new Pauses(clock)
    this.#drawMs = one.latency && sampler(one.latency, random)
    this.#failure = refuse(one.status, one.status < 500 ? 'http_request_error' : 'proxy_internal_response', 'fault', {
      detail: 'This failure was injected.',
    })
    const lost = refuse(502, 'connection_terminated', 'fault', { detail: 'The loss of this connection was injected.' })
    this.#dropped = INBOUND.test(address) ? new DroppedReply(lost) : lost
    this.#late = refuse(504, 'http_response_timeout', 'fault', { detail: 'An injected delay outlasted the caller.' })
  }

  close(): void {
    this.#pauses.close()
  }

  handle(request: Request, next: Handler): Reply | Promise<Reply> {
    const { settings: one, count, reportOnly } = this.#context
    const delayMs = this.#drawMs && this.#happens(one.latencyRateRatio) ? this.#drawMs() : undefined
    const substitute = this.#substitute()
    if (delayMs !== undefined) count.delayed.add()
    if (reportOnly) return next(request)
    if (delayMs !== undefined) return this.#delay(request, delayMs, substitute, next)
    return substitute ?? next(request)
  }

  /** The reply of a request that fails; one draw decides, so that each rate is what it says. */
  #substitute(): Reply | undefined {
    const { settings: one, count, random } = this.#context
    const draw = one.dropRatio + one.statusRateRatio > 0 ? random.next() : 1
    if (draw < one.dropRatio) {
      count.dropped.add()
      return this.#dropped
    }
    if (draw < one.dropRatio + one.statusRateRatio) {
      count.failed.add()
      return this.#failure
    }
    count.passed.add()
    return undefined
  }

  #happens(rate: number): boolean {
    return rate > 0 && this.#context.random.next() < rate
  }

  async #delay(request: Request, delayMs: number, substitute: Reply | undefined, next: Handler): Promise<Reply> {
    const { clock } = this.#context
    if (!(await this.#pauses.wait(request, delayMs, clock.nowMs()))) return this.#late
    return substitute ?? next(request.with({ arrivedAtMs: clock.nowMs() }))
  }
}
