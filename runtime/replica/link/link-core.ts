import type { Balancer } from '../../balancing/policy.ts'
import { type Clock, Expiry, type Handler, type Meter, problem, type Reply, type Request } from '../../kit/index.ts'
import type { LINK_METERS, LinkPlan } from '../../protocol.ts'
import { Rotation } from './rotation.ts'
import type { CallWatcher, PendingCall, Target } from './target.ts'

export interface LinkMeters {
  count: Readonly<Record<(typeof LINK_METERS.counters)[number], Meter>>
  gauge: Readonly<Record<(typeof LINK_METERS.gauges)[number], Meter>>
}

export interface LinkCoreOptions {
  plan: LinkPlan
  self: string
  clock: Clock
  balancer: Balancer
  /** May be that of the core before; who opened it closes it. */
  rotation: Rotation
  count: LinkMeters['count']
}

/** The targets of a link with this plan, none of which is up. */
export function openRotation(plan: LinkPlan, clock: Clock, { count, gauge }: LinkMeters): Rotation {
  const { outliers, healthCheck, panicRatio } = plan
  const order = plan.targets.map(target => target.replica)
  return new Rotation({ order, outliers, healthCheck, panicRatio }, clock, {
    ejected: () => count.ejections.add(),
    panicked: () => count.panics.add(),
    sized: (up, fit) => {
      gauge.up.set(up)
      gauge.fit.set(fit)
    },
  })
}

/**
 * What lies inside a link's tactics: choose a target that is fit, send, wait no longer than the timeout. Trouble is a reply:
 * 503 when no target is up, 502 when one is lost, 504 when it does not answer in time, each with Proxy-Status.
 */
export class LinkCore implements CallWatcher {
  readonly #options: LinkCoreOptions
  readonly #rotation: Rotation
  readonly #expiry: Expiry
  readonly #unavailable: Reply
  readonly #timedOut: Reply

  constructor(options: LinkCoreOptions) {
    const { plan, self, clock, rotation } = options
    this.#options = options
    this.#rotation = rotation
    this.#expiry = new Expiry(clock, plan.timeoutMs)
    const to = plan.to.join(', ')
    this.#unavailable = problem(503, {
      detail: `No replica of ${to} is up.`,
      headers: { 'retry-after': '1' },
      proxyStatus: { replica: self, error: 'destination_unavailable', details: `${to}: no replica is up` },
    })
    this.#timedOut = problem(504, {
      detail: `${to} did not answer in time.`,
      proxyStatus: { replica: self, error: 'http_response_timeout', details: `${to}: timeout` },
    })
  }

  get count(): LinkMeters['count'] {
    return this.#options.count
  }

  /** The targets there are from now on, in the order of the topology. */
  retarget(replicas: readonly string[]): void {
    this.#rotation.reorder(replicas)
  }

  /** While it is cut nobody is up. */
  cut(isCut: boolean): void {
    this.#rotation.cut(isCut)
  }

  /** The replicas can be called from now on. */
  targetUp(...targets: readonly Target[]): void {
    this.#rotation.add(...targets)
  }

  /** The replica gets no more calls. */
  targetDown(replica: string): void {
    this.#rotation.remove(replica)
    this.#options.balancer.forget?.(replica)
  }

  /** Declared addresses of the targets that are fit. */
  addresses(): readonly string[] {
    const candidates = this.#rotation.candidates(this.#options.clock.nowMs())
    return candidates.flatMap(target => (target.address === null ? [] : [target.address]))
  }

  close(): void {
    this.#expiry.close()
  }

  readonly call: Handler = request => {
    const { balancer, plan, clock, count } = this.#options
    const nowMs = clock.nowMs()
    count.calls.add()
    if (request.deadlineMs <= nowMs) {
      count.timeouts.add()
      return this.#timedOut
    }
    const candidates = this.#rotation.candidates(nowMs)
    if (candidates.length === 0) {
      count.unavailable.add()
      return this.#unavailable
    }
    const choice = request.tried ? untried(candidates, request.tried) : candidates
    const target = named(choice, request.affinity) ?? balancer.pick(choice, request)
    request.tried?.push(target.replica)
    const call = target.send(plan.path === null ? request : request.with({ path: plan.path }))
    const { reply } = call
    if (reply instanceof Promise) this.#watch(call, target, request, nowMs)
    else this.#learn(target, request, reply, nowMs)
    return reply
  }

  /** Gives up after the timeout, at the caller's deadline where that is earlier, or when the caller goes. */
  #watch(call: PendingCall, target: Target, request: Request, nowMs: number): void {
    call.watcher = this
    call.target = target
    call.request = request
    call.sentAtMs = nowMs
    target.inFlight += 1
    this.#expiry.add(call, nowMs)
    const leftMs = request.deadlineMs - nowMs
    if (leftMs < this.#options.plan.timeoutMs) call.callOff = this.#options.clock.after(leftMs, () => call.expire())
    request.cancellation.attach(call)
  }

  settled(call: PendingCall, reply: Reply): void {
    const target = call.target!
    const request = call.request!
    target.inFlight -= 1
    this.#expiry.remove(call)
    call.callOff?.()
    request.cancellation.detach(call)
    this.#learn(target, request, reply, call.sentAtMs)
  }

  giveUp(call: PendingCall): void {
    if (!this.#isGone(call.request!)) this.#options.count.timeouts.add()
    call.giveUp(this.#timedOut)
  }

  /**
   * The caller has left: its call has neither succeeded nor failed. Who leaves because the time is over has not left, it only
   * was quicker to notice.
   */
  #isGone({ cancellation, deadlineMs }: Request): boolean {
    return cancellation.cancelled && this.#options.clock.nowMs() < deadlineMs - DEADLINE_SLACK_MS
  }

  #learn(target: Target, request: Request, reply: Reply, sentAtMs: number): void {
    if (request.trace && reply.timing !== '') request.trace.entries.push(reply.timing)
    if (this.#isGone(request)) return
    const { balancer, clock, count } = this.#options
    const failed = reply.status >= 500
    if (failed) count.failures.add()
    const nowMs = failed || balancer.observe ? clock.nowMs() : 0
    this.#rotation.observe(target.replica, failed, nowMs)
    balancer.observe?.(target.replica, nowMs - sentAtMs)
  }
}

/** Timers of one deadline fire about this far apart. */
const DEADLINE_SLACK_MS = 2

function named(candidates: readonly Target[], replica: string): Target | undefined {
  return replica === '' ? undefined : candidates.find(one => one.replica === replica)
}

/** Candidates that have not been tried, or all when every one has. */
function untried(candidates: readonly Target[], tried: readonly string[]): readonly Target[] {
  if (tried.length === 0) return candidates
  const others = candidates.filter(({ replica }) => !tried.includes(replica))
  return others.length > 0 ? others : candidates
}
