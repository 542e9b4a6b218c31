import {
  bodyBytes,
  bodyLength,
  type Clock,
  type Distribution,
  type Meter,
  problem,
  type Random,
  type Reply,
  type Request,
  sampler,
  sleep,
  type Wrap,
  whenReplied,
} from '../kit/index.ts'
import type { Disturbance, LINK_METERS } from '../protocol.ts'

/** What a disturbance works with. */
export interface Disturbed {
  /** The replica whose requests or calls are disturbed. */
  readonly replica: string
  readonly clock: Clock
  readonly random: Random
}

/** The same on a link. */
export interface DisturbedLink extends Disturbed {
  /** How long a call waits for its reply. */
  readonly timeoutMs: number
  readonly count: Readonly<Record<(typeof LINK_METERS.counters)[number], Meter>>
}

type Fault = Extract<Disturbance, { type: 'fault' }>

/** What a disturbance does to requests to a replica; `null` for nothing. */
export function requestWrap(disturbance: Disturbance | null, options: Disturbed): Wrap | null {
  if (disturbance?.type === 'slow') return slowWrap(disturbance.by, options)
  return disturbance?.type === 'drop' ? dropWrap(disturbance.ratio, options) : null
}

/** What a disturbance does to calls of a link; `null` for nothing. */
export function callWrap(disturbance: Disturbance | null, options: DisturbedLink): Wrap | null {
  if (disturbance?.type === 'fault') return faultWrap(disturbance, options)
  return disturbance?.type === 'corrupt' ? corruptWrap(disturbance.ratio, options) : null
}

/** Every request waits `by` before it is handled; who goes meanwhile is not waited for. */
export function slowWrap(by: Distribution, { clock, random }: Disturbed): Wrap {
  const draw = sampler(by, random)
  return next => async request => {
    await wait(draw(), request, clock)
    return next(request)
  }
}

/** A share of the calls waits `by`, is then answered with `status`, or gets lost where neither is given. */
export function faultWrap({ ratio, status, by }: Fault, options: DisturbedLink): Wrap {
  const { clock, random, count, timeoutMs } = options
  const draw = by && sampler(by, random)
  const failed = status === null ? null : answer(status, 'fault', options)
  const lost = answer(504, 'fault: lost', options)
  return next => async request => {
    if (random.next() >= ratio) return next(request)
    if (draw) await wait(draw(), request, clock)
    if (draw && !failed) return next(request)
    count.calls.add()
    if (failed) {
      if (failed.status >= 500) count.failures.add()
      return failed
    }
    await wait(Math.min(timeoutMs, request.deadlineMs - clock.nowMs()), request, clock)
    if (!request.cancellation.cancelled) count.timeouts.add()
    return lost
  }
}

/** A share of the requests is never answered: who asked hears nothing, and goes some time. */
export function dropWrap(ratio: number, options: Disturbed): Wrap {
  // Nobody gets it: the requests that it answers have been given up.
  const unheard = answer(504, 'drop', options)
  return next => request =>
    options.random.next() >= ratio
      ? next(request)
      : new Promise(resolve => request.cancellation.onCancel(() => resolve(unheard)))
}

/** A byte of so many in a body is changed, and one at least. */
const BYTES_PER_CHANGE = 64

/** The bodies of a share of the replies have other bytes at some places, and the same length. */
export function corruptWrap(ratio: number, { random }: Disturbed): Wrap {
  const corrupted = (reply: Reply): Reply => {
    const body = Buffer.from(bodyBytes(reply.body))
    for (let changes = Math.ceil(body.length / BYTES_PER_CHANGE); changes > 0; changes--) {
      const at = Math.floor(random.next() * body.length)
      body[at] = body[at]! ^ (1 + Math.floor(random.next() * 255))
    }
    return reply.with({ body })
  }
  return next => request =>
    whenReplied(next(request), reply =>
      bodyLength(reply.body) === 0 || random.next() >= ratio ? reply : corrupted(reply),
    )
}

function wait(delayMs: number, { cancellation }: Request, clock: Clock): Promise<boolean> {
  return sleep(clock, delayMs, listener => cancellation.onCancel(listener))
}

function answer(status: number, details: string, { replica }: Disturbed): Reply {
  return problem(status, {
    detail: 'An operation on the lab let this call fail.',
    proxyStatus: { replica, error: status === 504 ? 'http_response_timeout' : 'proxy_internal_error', details },
  })
}
