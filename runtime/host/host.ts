import { MessageChannel } from 'node:worker_threads'
import { toWire, type WireError } from '../kit/index.ts'
import {
  allLinks,
  type FromHost,
  type HostPlan,
  type ReplicaPlan,
  type Snapshot,
  type TargetPlan,
} from '../protocol.ts'
import { BackOff } from './back-off.ts'
import { SharedState } from './memory.ts'
import { type HandleEvents, ReplicaHandle } from './replica-handle.ts'
import { suspectsOf } from './suspects.ts'
import { Thread } from './thread.ts'

/** One replica that calls another one. */
interface Call {
  readonly caller: ReplicaHandle
  readonly target: TargetPlan
}

/**
 * Owns the threads and replicas of one process: starts the replicas leaves first, wires them to each other, restarts what
 * dies, closes them the other way round.
 */
export class Host {
  readonly #report: (message: FromHost) => void
  readonly #threads: Thread<ReplicaHandle>[] = []
  /** In the order of the plan. */
  readonly #handles = new Map<string, ReplicaHandle>()
  /** The order of starting; one level starts at once. */
  readonly #levels: readonly (readonly ReplicaHandle[])[]
  readonly #targets = new Map<ReplicaHandle, readonly TargetPlan[]>()
  readonly #calls = new Map<string, Call[]>()
  readonly #backOff = new BackOff()
  #isUp = false
  #closing: Promise<boolean> | undefined

  constructor(plan: HostPlan, report: (message: FromHost) => void) {
    this.#report = report
    const shared = new SharedState()
    const plans = new Map(plan.replicas.map(one => [one.replica, one]))
    const threadOf = new Map<string, Thread<ReplicaHandle>>()
    for (const one of plan.threads) {
      const thread = new Thread<ReplicaHandle>(one, { died: (...death) => this.#threadDied(...death) })
      this.#threads.push(thread)
      for (const name of one.replicas) threadOf.set(name, thread)
    }
    for (const [name, one] of plans) {
      const handle = new ReplicaHandle(one, shared.regionsOf(one), threadOf.get(name)!, this.#events)
      this.#handles.set(name, handle)
      this.#targets.set(handle, targetsOf(one))
      this.#calls.set(name, [])
    }
    for (const [caller, targets] of this.#targets) {
      for (const target of targets) this.#calls.get(target.replica)?.push({ caller, target })
    }
    const levelOf = new Map(plan.levels.flatMap((level, height) => level.map(component => [component, height])))
    const levels: ReplicaHandle[][] = plan.levels.map(() => [])
    for (const handle of this.#handles.values()) levels[levelOf.get(handle.plan.component)!]!.push(handle)
    this.#levels = levels
  }

  /** Starts every level in turn. All threads are created at once, so that their modules load side by side. */
  async start(): Promise<void> {
    await Promise.all(this.#threads.map(thread => this.#house(thread, this.#inhabitants(thread))))
    for (const level of this.#levels) await Promise.all(level.map(handle => this.#bringUp(handle)))
    this.#isUp = true
  }

  /**
   * Closes every level in turn, entry components first. False when a thread did not go, and the process has to end with
   * it in it. A second call joins the first.
   */
  close(): Promise<boolean> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  snapshot(): Snapshot {
    const utilisation = new Map(this.#threads.map(thread => [thread, thread.utilisation()]))
    return [...this.#handles.values()].map(handle => handle.snapshot(utilisation.get(handle.thread)!))
  }

  async #close(): Promise<boolean> {
    this.#backOff.close()
    const gone: boolean[] = []
    for (const level of [...this.#levels].reverse()) {
      gone.push(...(await Promise.all(level.map(handle => handle.close()))))
    }
    return !gone.includes(false)
  }

  #inhabitants(thread: Thread<ReplicaHandle>): ReplicaHandle[] {
    return thread.plan.replicas.map(name => this.#handles.get(name)!)
  }

  async #house(thread: Thread<ReplicaHandle>, handles: readonly ReplicaHandle[]): Promise<void> {
    await thread.settled()
    if (this.#closing) return
    for (const handle of handles) handle.begin()
    thread.admit(handles)
  }

  /** Connects a replica to those it calls, starts it, then connects those that call it. */
  async #bringUp(handle: ReplicaHandle): Promise<void> {
    this.#connectOut(handle)
    await handle.start()
    // Callees may have come back meanwhile.
    this.#connectOut(handle)
    for (const { caller, target } of this.#calls.get(handle.plan.replica)!) {
      if (caller.state === 'ready') this.#connect(caller, target)
    }
  }

  /** Connects a caller to every callee that is ready. */
  #connectOut(caller: ReplicaHandle): void {
    for (const target of this.#targets.get(caller)!) this.#connect(caller, target)
  }

  /** Connects a caller to a callee, unless that is not ready or known to it already. */
  #connect(caller: ReplicaHandle, target: TargetPlan): void {
    const { replica } = target
    const callee = this.#handles.get(replica)
    if (callee?.state !== 'ready' || caller.connected.has(target)) return
    caller.connected.add(target)
    if (target.transport === 'http') {
      if (callee.origin !== null) caller.tell({ type: 'target-up', replica, via: { origin: callee.origin } })
      return
    }
    const { port1, port2 } = new MessageChannel()
    callee.tell({ type: 'caller', port: port2 })
    caller.tell({ type: 'target-up', replica, via: { port: port1 } })
  }

  /** Takes a replica that has gone out of every link. */
  #disconnect({ plan: { replica } }: ReplicaHandle): void {
    const callers = this.#calls.get(replica)!.filter(({ caller, target }) => caller.connected.delete(target))
    for (const caller of new Set(callers.map(call => call.caller))) caller.tell({ type: 'target-down', replica })
  }

  readonly #events: HandleEvents = {
    state: (handle, state, error) => {
      const { replica } = handle.plan
      this.#report({ type: 'state', replica, state, ...(error ? { error } : {}) })
    },
    log: (plan, { level, event, fields }) => {
      const { component, replica } = plan
      this.#report({ type: 'log', component, replica, level, event, fields })
    },
  }

  /** Starts a thread again with all that lived in it, after a back-off. */
  #threadDied(thread: Thread<ReplicaHandle>, residents: readonly ReplicaHandle[], error: WireError): void {
    for (const handle of residents) this.#disconnect(handle)
    // While the lab starts, its start fails with whoever was not ready yet, and everything is closed.
    if (this.#closing || (!this.#isUp && residents.some(handle => !handle.hasServed))) return
    const restartInMs = this.#backOff.run(thread.plan.thread, () => void this.#restart(thread, residents))
    this.#reportDeath(thread, residents, error, restartInMs)
  }

  async #restart(thread: Thread<ReplicaHandle>, residents: readonly ReplicaHandle[]): Promise<void> {
    const gone = new Set(residents.filter(handle => !thread.houses(handle)))
    for (const handle of gone) handle.restarts += 1
    await this.#house(thread, [...gone])
    for (const level of this.#levels) {
      const own = level.filter(handle => gone.has(handle))
      await Promise.all(own.map(handle => this.#bringUp(handle).catch(error => this.#startFailed(handle, error))))
    }
  }

  /** A replica did not start in a lab that runs: tries it again after a back-off, without its neighbours. */
  async #startFailed(handle: ReplicaHandle, failure: Error): Promise<void> {
    // Else its thread has died, which takes care of all who lived there.
    if (!handle.thread.houses(handle)) return
    const { replica } = handle.plan
    if (!(await handle.close())) await handle.discard()
    const error = toWire(failure)
    handle.fail(error)
    if (this.#closing) return
    const restartInMs = this.#backOff.run(replica, () => void this.#restart(handle.thread, [handle]))
    this.#reportDeath(handle.thread, [handle], error, restartInMs)
  }

  #reportDeath(
    { plan: { thread } }: Thread<ReplicaHandle>,
    residents: readonly ReplicaHandle[],
    { message: error, stack }: WireError,
    restartInMs: number,
  ): void {
    const shares = residents.length > 1
    const level = 'error'
    if (shares) {
      const plans = residents.map(handle => handle.plan)
      const fields = { thread, replicas: plans.length, suspects: suspectsOf(stack, plans), error, stack, restartInMs }
      this.#report({ type: 'log', component: '', replica: '', level, event: 'thread-died', fields })
    }
    for (const { plan } of residents) {
      const fields = shares ? { thread, error, restartInMs } : { error, stack, restartInMs }
      this.#events.log(plan, { type: 'log', level, event: 'replica-died', fields })
    }
  }
}

/** Every replica that a replica calls, once for each transport. */
function targetsOf(plan: ReplicaPlan): TargetPlan[] {
  const found = new Map<string, TargetPlan>()
  for (const { targets } of allLinks(plan)) {
    for (const target of targets) found.set(`${target.transport} ${target.replica}`, target)
  }
  return [...found.values()]
}
