import { MessageChannel } from 'node:worker_threads'
import { allLinks, type Connection, type PeerNews, type ReplicaPlan, type TargetPlan } from '../protocol.ts'
import type { Abroad } from './abroad.ts'
import type { ReplicaHandle } from './replica-handle.ts'

/** How long a caller may take to say that it calls a replica no more. */
const LEAVE_MS = 1_000

/** Which replicas call which, and who of them is connected. Follows the plans that the replicas live by. */
export class Wiring {
  readonly #handles: ReadonlyMap<string, ReplicaHandle>
  readonly #abroad: Abroad
  /** Where replicas are that another process runs. */
  readonly #elsewhere: Map<string, string>
  /** Whom a replica calls, by key. */
  readonly #targets = new Map<ReplicaHandle, ReadonlyMap<string, TargetPlan>>()
  readonly #callers = new Map<string, Set<ReplicaHandle>>()

  constructor(
    handles: ReadonlyMap<string, ReplicaHandle>,
    abroad: Abroad,
    elsewhere: Readonly<Record<string, string>> = {},
  ) {
    this.#handles = handles
    this.#abroad = abroad
    this.#elsewhere = new Map(Object.entries(elsewhere))
  }

  /** Something has become of a replica that another host runs; resolves when those who call it from here have heard of it. */
  async peer(news: PeerNews): Promise<void> {
    const { replica } = news
    if (news.type === 'leaving') await this.#leaveHere(replica)
    else if (news.type === 'up') {
      this.#elsewhere.set(replica, news.origin)
      await this.#redirectHere(replica, news.origin)
      this.#connectHere(replica)
    } else {
      this.#elsewhere.delete(replica)
      this.#disconnectHere(replica)
    }
  }

  /** The replica lives by another plan: connections that it does not have any more are its own to close. */
  adopt(handle: ReplicaHandle): void {
    for (const { replica } of this.#targets.get(handle)?.values() ?? []) this.#callers.get(replica)?.delete(handle)
    const targets = targetsOf(handle.plan)
    this.#targets.set(handle, targets)
    for (const { replica } of targets.values()) {
      const callers = this.#callers.get(replica) ?? new Set()
      this.#callers.set(replica, callers.add(handle))
    }
    for (const key of handle.connected) if (!targets.has(key)) handle.connected.delete(key)
  }

  /** The replica is not there any more: it calls nobody. */
  forget(handle: ReplicaHandle): void {
    for (const { replica } of this.#targets.get(handle)?.values() ?? []) this.#callers.get(replica)?.delete(handle)
    this.#targets.delete(handle)
  }

  /** Connects a caller to every callee that is ready. */
  connectOut(caller: ReplicaHandle): void {
    for (const [key, target] of this.#targets.get(caller) ?? []) this.#connect(caller, key, target)
  }

  /** Connections to those whom the caller will call by another plan, and does not call yet. */
  connectionsFor(caller: ReplicaHandle, plan: ReplicaPlan): Connection[] {
    return [...targetsOf(plan)].flatMap(([key, target]) => this.#connection(caller, key, target) ?? [])
  }

  /** Connects every caller that is ready to the replica. */
  connectIn({ plan: { replica }, origin }: ReplicaHandle): void {
    this.#connectHere(replica)
    if (origin !== null) void this.#abroad.tell({ type: 'up', replica, origin })
  }

  #connectHere(replica: string): void {
    for (const caller of this.#callers.get(replica) ?? []) {
      if (caller.state !== 'ready') continue
      for (const [key, target] of this.#targets.get(caller)!) {
        if (target.replica === replica) this.#connect(caller, key, target)
      }
    }
  }

  /** Lets callers send nothing more to a replica that is about to close; resolves when all of them have heard it. */
  async leave({ plan: { replica }, origin }: ReplicaHandle): Promise<void> {
    const abroad = origin === null ? undefined : this.#abroad.tell({ type: 'leaving', replica })
    await Promise.all([this.#leaveHere(replica), abroad])
  }

  async #leaveHere(replica: string): Promise<void> {
    const callers = [...(this.#callers.get(replica) ?? [])].filter(caller => isConnected(caller, replica))
    const heard = callers.map(caller => caller.ask({ type: 'target-leaving', replica }, LEAVE_MS))
    // Who does not hear it in time loses what it still sends.
    await Promise.allSettled(heard)
  }

  /** A replica that serves is reached elsewhere over HTTP; resolves when those who call it so know. */
  async redirect({ origin, plan: { replica } }: ReplicaHandle): Promise<void> {
    if (origin === null) return
    await Promise.all([this.#redirectHere(replica, origin), this.#abroad.tell({ type: 'up', replica, origin })])
  }

  async #redirectHere(replica: string, origin: string): Promise<void> {
    const callers = [...(this.#callers.get(replica) ?? [])].filter(({ connected }) =>
      connected.has(keyOf('http', replica)),
    )
    const heard = callers.map(caller => caller.ask({ type: 'target-up', replica, via: { origin } }, LEAVE_MS))
    // Who does not hear it in time finds nobody at the former address.
    await Promise.allSettled(heard)
  }

  /** Takes a replica that has left out of every link; resolves when no reply of it is on its way any more. */
  async part({ plan: { replica }, origin }: ReplicaHandle): Promise<void> {
    if (origin !== null) void this.#abroad.tell({ type: 'down', replica })
    const callers = [...(this.#callers.get(replica) ?? [])].filter(caller => isConnected(caller, replica))
    const heard = callers.map(caller => {
      for (const transport of TRANSPORTS) caller.connected.delete(keyOf(transport, replica))
      return caller.ask({ type: 'target-down', replica }, 2 * LEAVE_MS)
    })
    await Promise.allSettled(heard)
  }

  /** Takes a replica that has gone out of every link. */
  disconnect({ plan: { replica }, origin }: ReplicaHandle): void {
    this.#disconnectHere(replica)
    if (origin !== null) void this.#abroad.tell({ type: 'down', replica })
  }

  #disconnectHere(replica: string): void {
    for (const caller of this.#callers.get(replica) ?? []) {
      if (!isConnected(caller, replica)) continue
      for (const transport of TRANSPORTS) caller.connected.delete(keyOf(transport, replica))
      caller.tell({ type: 'target-down', replica })
    }
  }

  #connect(caller: ReplicaHandle, key: string, target: TargetPlan): void {
    const connection = this.#connection(caller, key, target)
    if (connection) caller.tell({ type: 'target-up', ...connection })
  }

  /** A connection from a caller to a callee, unless that is not ready or known to it already. */
  #connection(caller: ReplicaHandle, key: string, { replica, transport }: TargetPlan): Connection | undefined {
    if (caller.connected.has(key)) return undefined
    const callee = this.#handles.get(replica)
    const origin = this.#elsewhere.get(replica) ?? callee?.origin ?? null
    if (callee?.state !== 'ready' && !this.#elsewhere.has(replica)) return undefined
    caller.connected.add(key)
    if (transport === 'http') return origin === null ? undefined : { replica, via: { origin } }
    const { port1, port2 } = new MessageChannel()
    callee!.tell({ type: 'caller', port: port2 })
    return { replica, via: { port: port1 } }
  }
}

const TRANSPORTS = ['channel', 'http'] as const

const keyOf = (transport: TargetPlan['transport'], replica: string): string => `${transport} ${replica}`

const isConnected = ({ connected }: ReplicaHandle, replica: string): boolean =>
  TRANSPORTS.some(transport => connected.has(keyOf(transport, replica)))

/** Every replica that a replica calls, once for each transport, by key. */
function targetsOf(plan: ReplicaPlan): Map<string, TargetPlan> {
  const found = new Map<string, TargetPlan>()
  for (const { targets } of allLinks(plan)) {
    for (const target of targets) found.set(keyOf(target.transport, target.replica), target)
  }
  return found
}
