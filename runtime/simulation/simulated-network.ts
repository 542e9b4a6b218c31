import type { Clock } from '../kit/index.ts'
import { allLinks, type TargetPlan } from '../protocol.ts'
import type { SimulatedReplica } from './simulated-replica.ts'
import { SimulatedTarget } from './simulated-target.ts'

/** One replica that calls another one. */
interface Call {
  readonly caller: SimulatedReplica
  readonly plan: TargetPlan
  target: SimulatedTarget | undefined
}

export interface NetworkOptions {
  readonly clock: Clock
  /** From a replica to another one, one way. */
  readonly hopTimeMs: number
  /** All that there are, by name. */
  readonly replicas: ReadonlyMap<string, SimulatedReplica>
}

/** Who calls whom: brings replicas together as they come and go. */
export class SimulatedNetwork {
  readonly #options: NetworkOptions
  readonly #callsTo = new Map<SimulatedReplica, Call[]>()
  readonly #callsFrom = new Map<SimulatedReplica, Call[]>()

  constructor(options: NetworkOptions) {
    this.#options = options
    for (const replica of options.replicas.values()) {
      this.#callsTo.set(replica, [])
      this.#callsFrom.set(replica, [])
    }
    for (const replica of options.replicas.values()) this.adopt(replica)
  }

  /**
   * What a replica calls is what its plan says from now on. To be called before the replica itself changes, which lets go of whom it
   * does not call any more.
   */
  adopt(caller: SimulatedReplica): void {
    const wanted = new Map(
      allLinks(caller.plan).flatMap(link => link.targets.map(target => [keyOf(target), target] as const)),
    )
    const calls = this.#callsFrom.get(caller)!
    const kept = calls.filter(({ plan }) => wanted.has(keyOf(plan)))
    for (const call of calls) if (!kept.includes(call)) this.#remove(call)
    const known = new Set(kept.map(({ plan }) => keyOf(plan)))
    const added = [...wanted].flatMap(([key, plan]): Call[] =>
      known.has(key) ? [] : [{ caller, plan, target: undefined }],
    )
    this.#callsFrom.set(caller, [...kept, ...added])
    for (const call of added) {
      this.#callsTo.get(this.#calleeOf(call))!.push(call)
      const joined = this.#join(call)
      if (joined) caller.links.add(joined.plan, joined.target)
    }
  }

  /** A replica is ready: it reaches those it calls, and those that call it reach it. */
  connect(replica: SimulatedReplica): void {
    replica.links.addAll(this.#callsFrom.get(replica)!.flatMap(call => this.#join(call) ?? []))
    for (const call of this.#callsTo.get(replica)!) {
      const joined = this.#join(call)
      if (joined) call.caller.links.add(joined.plan, joined.target)
    }
  }

  /** A replica has gone: its calls have no caller any more, and calls to it are answered 502. */
  disconnect(replica: SimulatedReplica): void {
    for (const call of this.#callsFrom.get(replica)!) {
      call.target?.forsake()
      call.target = undefined
    }
    this.cutOff(replica)
  }

  /** Nobody reaches the replica any more: calls to it are answered 502. */
  cutOff(replica: SimulatedReplica): void {
    for (const call of this.#callsTo.get(replica)!) {
      call.target = undefined
      if (call.caller.isThere) call.caller.links.targetDown(replica.plan.replica)
    }
  }

  /** A replica is about to close: no more calls to it, those under way may end. */
  takeOut(replica: SimulatedReplica): void {
    for (const call of this.#callsTo.get(replica)!) {
      if (call.caller.state === 'ready') call.caller.links.targetLeaving(replica.plan.replica)
    }
  }

  #remove(call: Call): void {
    const callee = this.#calleeOf(call)
    const others = this.#callsTo.get(callee)!.filter(one => one !== call)
    this.#callsTo.set(callee, others)
  }

  #calleeOf({ plan }: Call): SimulatedReplica {
    return this.#options.replicas.get(plan.replica)!
  }

  /** A way from caller to callee, where both are there and have none. */
  #join(call: Call): { plan: TargetPlan; target: SimulatedTarget } | undefined {
    const { caller, plan } = call
    const callee = this.#calleeOf(call)
    if (call.target || caller.state !== 'ready' || callee.state !== 'ready') return undefined
    const { clock, hopTimeMs } = this.#options
    call.target = new SimulatedTarget(plan, { clock, caller, callee, timeMs: hopTimeMs })
    return { plan, target: call.target }
  }
}

const keyOf = ({ replica, transport }: TargetPlan): string => `${replica} ${transport}`
