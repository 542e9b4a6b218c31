import type { Clock, Reply, Request } from '../kit/index.ts'
import type { TargetPlan } from '../protocol.ts'
import { PendingCall, type Target } from '../replica/link/target.ts'
import { Crowd, type Member } from './crowd.ts'
import { type Caller, lostReply, type SimulatedReplica, type Visit } from './simulated-replica.ts'

/** How a link reaches a replica in simulated time. */
export interface Hop {
  readonly clock: Clock
  readonly caller: SimulatedReplica
  readonly callee: SimulatedReplica
  /** One way. */
  readonly timeMs: number
}

/** A replica that a link may call in simulated time: a hop takes its time, and no more. */
export class SimulatedTarget implements Target {
  readonly replica: string
  readonly component: string
  readonly address: string | null
  inFlight = 0
  readonly #hop: Hop
  readonly #calls = new Crowd<SimulatedCall>()

  constructor(plan: TargetPlan, hop: Hop) {
    this.replica = plan.replica
    this.component = plan.component
    this.address = plan.address
    this.#hop = hop
  }

  send(request: Request): PendingCall {
    const call = new SimulatedCall(this)
    this.#calls.add(call)
    const { timeMs, clock } = this.#hop
    if (timeMs > 0) clock.after(timeMs, () => this.#deliver(call, request))
    else {
      // A call whose reply is there at once is under way as long as it is made: it may lead back here.
      this.inFlight += 1
      this.#deliver(call, request)
      this.inFlight -= 1
    }
    return call
  }

  /** For the call itself: the callee has answered, or is lost. */
  returned(call: SimulatedCall, reply: Reply | null): void {
    const { timeMs, clock } = this.#hop
    if (timeMs > 0) clock.after(timeMs, () => this.#arrive(call, reply))
    else this.#arrive(call, reply)
  }

  /** For the call itself: the caller has given up. */
  abandon(call: SimulatedCall): void {
    this.#calls.remove(call)
  }

  /** The replica has gone: every call under way is answered 502. */
  close(): void {
    for (const call of this.#calls.takeAll()) call.settle(this.#lost())
  }

  /** The caller has died: nobody waits for its calls. */
  forsake(): void {
    for (const call of this.#calls.takeAll()) call.forsake()
  }

  #deliver(call: SimulatedCall, request: Request): void {
    if (call.place < 0) return
    const { callee } = this.#hop
    if (callee.state === 'failed' || callee.state === 'closed') this.#answer(call, null)
    else {
      const visit = callee.visit(request, call)
      if (call.place >= 0) call.visit = visit
    }
  }

  #arrive(call: SimulatedCall, reply: Reply | null): void {
    const { server } = this.#hop.caller
    if (server.isBusy) server.compute(0, () => this.#answer(call, reply))
    else this.#answer(call, reply)
  }

  #answer(call: SimulatedCall, reply: Reply | null): void {
    if (call.place < 0) return
    this.#calls.remove(call)
    call.settle(reply ?? this.#lost())
  }

  #lost(): Reply {
    return lostReply(this.#hop.caller.plan.replica, this.replica, this.component)
  }
}

class SimulatedCall extends PendingCall implements Member, Caller {
  place = -1
  /** At the callee, once it has arrived there. */
  visit: Visit | undefined = undefined
  readonly #owner: SimulatedTarget

  constructor(owner: SimulatedTarget) {
    super()
    this.#owner = owner
  }

  returned(reply: Reply | null): void {
    this.#owner.returned(this, reply)
  }

  protected abandon(): void {
    this.#owner.abandon(this)
    this.visit?.leave()
  }
}
