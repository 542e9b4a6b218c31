import {
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

function wait(delayMs: number, { cancellation }: Request, clock: Clock): Promise<boolean> {
  return sleep(clock, delayMs, listener => cancellation.onCancel(listener))
}

function answer(status: number, details: string, { replica }: Disturbed): Reply {
  return problem(status, {
    detail: 'An operation on the lab let this call fail.',
    proxyStatus: { replica, error: status === 504 ? 'http_response_timeout' : 'proxy_internal_error', details },
  })
}
