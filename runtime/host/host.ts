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
import { SharedState } from './memory.ts'
import { type HandleEvents, ReplicaHandle } from './replica-handle.ts'

/** Waiting time before a restart: doubles with every failure in a row, from the first to the last. */
const RESTART_FIRST_MS = 100
const RESTART_LAST_MS = 10_000
/** After this long without a failure a replica counts as healthy again. */
const HEALTHY_AFTER_MS = 60_000

/**
 * Owns the replicas of one process: starts them leaves first, wires them to each other, restarts what dies, closes them
 * the other way round.
 */
export class Host {
  readonly #plan: HostPlan
  readonly #report: (message: FromHost) => void
  readonly #handles = new Map<string, ReplicaHandle>()
  readonly #targets = new Map<ReplicaHandle, readonly TargetPlan[]>()
  readonly #failures = new Map<string, { count: number; atMs: number }>()
  readonly #restarts = new Set<NodeJS.Timeout>()
  #closing: Promise<boolean> | undefined

  constructor(plan: HostPlan, report: (message: FromHost) => void) {
    this.#plan = plan
    this.#report = report
    const shared = new SharedState()
    for (const replica of plan.replicas) {
      const handle = new ReplicaHandle(replica, shared.regionsOf(replica), this.#events)
      this.#handles.set(replica.replica, handle)
      this.#targets.set(handle, targetsOf(replica))
    }
  }

  /** Starts every level in turn. All threads are created at once, so that their modules load side by side. */
  async start(): Promise<void> {
    for (const handle of this.#handles.values()) handle.spawn()
    for (const level of this.#plan.levels) {
      await Promise.all(this.#of(level).map(handle => this.#bringUp(handle)))
    }
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
    return [...this.#handles.values()].map(handle => handle.snapshot())
  }

  async #close(): Promise<boolean> {
    for (const timer of this.#restarts) clearTimeout(timer)
    const gone: boolean[] = []
    for (const level of [...this.#plan.levels].reverse()) {
      gone.push(...(await Promise.all(this.#of(level).map(handle => handle.close()))))
    }
    return !gone.includes(false)
  }

  #of(components: readonly string[]): ReplicaHandle[] {
    return [...this.#handles.values()].filter(handle => components.includes(handle.plan.component))
  }

  /** Connects a replica to those it calls, starts it, then connects those that call it. */
  async #bringUp(handle: ReplicaHandle): Promise<void> {
    this.#connectOut(handle)
    await handle.start()
    // Callees may have come back meanwhile.
    this.#connectOut(handle)
    for (const caller of this.#handles.values()) if (caller.state === 'ready') this.#connectOut(caller)
  }

  /** Connects a caller to every callee that is ready and that it does not know yet. */
  #connectOut(caller: ReplicaHandle): void {
    for (const target of this.#targets.get(caller)!) {
      const callee = this.#handles.get(target.replica)
      if (callee?.state !== 'ready' || caller.connected.has(target)) continue
      caller.connected.add(target)
      this.#connect(caller, callee, target)
    }
  }

  #connect(caller: ReplicaHandle, callee: ReplicaHandle, target: TargetPlan): void {
    const { replica } = target
    if (target.transport === 'http') {
      if (callee.origin !== null) caller.send({ type: 'target-up', replica, via: { origin: callee.origin } })
      return
    }
    const { port1, port2 } = new MessageChannel()
    callee.send({ type: 'caller', port: port2 })
    caller.send({ type: 'target-up', replica, via: { port: port1 } })
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
    died: (handle, error) => this.#restart(handle, error),
  }

  /** Takes a dead replica out of every link, and starts it again after a back-off. */
  #restart(handle: ReplicaHandle, error: WireError): void {
    const { replica, component } = handle.plan
    for (const caller of this.#handles.values()) {
      const lost = [...caller.connected].filter(target => target.replica === replica)
      for (const target of lost) caller.connected.delete(target)
      if (lost.length > 0) caller.send({ type: 'target-down', replica })
    }
    if (this.#closing) return
    const delayMs = this.#backOff(replica)
    const fields = { error: error.message, stack: error.stack, restartInMs: delayMs }
    this.#report({ type: 'log', component, replica, level: 'error', event: 'replica-died', fields })
    const timer = setTimeout(async () => {
      this.#restarts.delete(timer)
      handle.restarts += 1
      try {
        handle.spawn()
        await this.#bringUp(handle)
      } catch (failure) {
        if (!(await handle.close())) await handle.terminate()
        this.#restart(handle, toWire(failure))
      }
    }, delayMs)
    this.#restarts.add(timer)
  }

  #backOff(replica: string): number {
    const before = this.#failures.get(replica)
    const nowMs = performance.now()
    const count = before && nowMs - before.atMs < HEALTHY_AFTER_MS ? before.count + 1 : 1
    this.#failures.set(replica, { count, atMs: nowMs })
    return Math.min(RESTART_LAST_MS, RESTART_FIRST_MS * 2 ** (count - 1))
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
