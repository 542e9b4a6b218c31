import { type Clock, Expiry, type Handler, problem, type Random, type Reply, type Request } from '../../kit/index.ts'
import type { LinkPlan } from '../../protocol.ts'
import type { Pick } from './policies.ts'
import type { CallWatcher, PendingCall, Target } from './target.ts'

export interface LinkCoreOptions {
  plan: LinkPlan
  self: string
  clock: Clock
  random: Random
  pick: Pick
}

/**
 * What lies inside a link's tactics: choose a live target, send, wait no longer than the timeout. Trouble is a reply:
 * 503 when no target is up, 502 when one is lost, 504 when it does not answer in time, each with Proxy-Status.
 */
export class LinkCore implements CallWatcher {
  readonly #options: LinkCoreOptions
  readonly #expiry: Expiry
  readonly #unavailable: Reply
  readonly #timedOut: Reply
  readonly #up = new Map<string, Target>()
  #live: readonly Target[] = []

  constructor(options: LinkCoreOptions) {
    const { plan, self } = options
    this.#options = options
    this.#expiry = new Expiry(options.clock, plan.timeoutMs)
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

  /** The replica can be called from now on. */
  targetUp(target: Target): void {
    this.#up.set(target.replica, target)
    this.#refresh()
  }

  /** The replica gets no more calls. */
  targetDown(replica: string): void {
    this.#up.delete(replica)
    this.#refresh()
  }

  /** Declared addresses of the live targets. */
  addresses(): readonly string[] {
    return this.#live.flatMap(target => (target.address === null ? [] : [target.address]))
  }

  close(): void {
    this.#expiry.close()
  }

  readonly call: Handler = request => {
    if (this.#live.length === 0) return this.#unavailable
    const { pick, plan, clock } = this.#options
    const nowMs = clock.nowMs()
    if (request.deadlineMs <= nowMs) return this.#timedOut
    const target = pick(this.#live)
    const call = target.send(plan.path === null ? request : request.with({ path: plan.path }))
    if (!call.isSettled) this.#watch(call, target, request, nowMs)
    return call.reply
  }

  /** Gives up after the timeout, at the caller's deadline where that is earlier, or when the caller goes. */
  #watch(call: PendingCall, target: Target, request: Request, nowMs: number): void {
    call.watcher = this
    call.target = target
    call.request = request
    target.inFlight += 1
    this.#expiry.add(call, nowMs)
    const leftMs = request.deadlineMs - nowMs
    if (leftMs < this.#options.plan.timeoutMs) call.callOff = this.#options.clock.after(leftMs, () => call.expire())
    request.cancellation.attach(call)
  }

  settled(call: PendingCall, reply: Reply): void {
    call.target!.inFlight -= 1
    this.#expiry.remove(call)
    call.callOff?.()
    const request = call.request!
    request.cancellation.detach(call)
    if (request.trace && reply.timing !== '') request.trace.entries.push(reply.timing)
  }

  giveUp(call: PendingCall): void {
    call.giveUp(this.#timedOut)
  }

  #refresh(): void {
    // In the order of the plan, so that round robin and ties do not depend on which replica came up first.
    this.#live = this.#options.plan.targets.flatMap(plan => this.#up.get(plan.replica) ?? [])
  }
}
