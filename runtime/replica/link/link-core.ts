import { type Clock, type Handler, problem, type Random, type Reply, type Request } from '../../kit/index.ts'
import type { LinkPlan } from '../../protocol.ts'
import { type Expiring, Expiry, type ExpiryEntry } from './expiry.ts'
import type { Pick } from './policies.ts'
import type { PendingCall, Target } from './target.ts'

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
export class LinkCore {
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
    const target = this.#options.pick(this.#live)
    const outgoing = this.#options.plan.path === null ? request : request.with({ path: this.#options.plan.path })
    const nowMs = this.#options.clock.nowMs()
    if (request.deadlineMs <= nowMs) return this.#timedOut
    const pending = target.send(outgoing)
    target.inFlight += 1
    const guard = new Guard(pending, this.#timedOut)
    const entry = this.#expiry.add(guard, nowMs)
    const callOff = this.#watch(request, guard, nowMs)
    return pending.reply.then(reply => {
      target.inFlight -= 1
      this.#expiry.cancel(entry as ExpiryEntry)
      callOff?.()
      if (request.trace && reply.timing !== '') request.trace.entries.push(reply.timing)
      return reply
    })
  }

  /** Gives up when the caller goes, or at the caller's deadline where that is earlier than the link's own timeout. */
  #watch(request: Request, guard: Guard, nowMs: number): () => void {
    const unsubscribe = request.cancellation.onCancel(guard.expire)
    if (request.deadlineMs - nowMs >= this.#options.plan.timeoutMs) return unsubscribe
    const callOff = this.#options.clock.after(request.deadlineMs - nowMs, guard.expire)
    return () => {
      unsubscribe()
      callOff()
    }
  }

  #refresh(): void {
    // In the order of the plan, so that round robin and ties do not depend on which replica came up first.
    this.#live = this.#options.plan.targets.flatMap(plan => this.#up.get(plan.replica) ?? [])
  }
}

class Guard implements Expiring {
  readonly #pending: PendingCall
  readonly #outcome: Reply
  constructor(pending: PendingCall, outcome: Reply) {
    this.#pending = pending
    this.#outcome = outcome
  }
  readonly expire = (): void => this.#pending.giveUp(this.#outcome)
}
