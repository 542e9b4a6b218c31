import { toWire } from '../kit/index.ts'
import type {
  FromHost,
  HostOrder,
  HostPlan,
  PeerNews,
  ProfileRequest,
  Snapshot,
  ThreadPlan,
  ThreadProfile,
} from '../protocol.ts'
import { Abroad } from './abroad.ts'
import { ActiveDisturbances } from './active-disturbances.ts'
import { drain, undrain } from './drain.ts'
import { Guard } from './guard.ts'
import { SharedState } from './memory.ts'
import { carryOut } from './orders.ts'
import { Profiles } from './profiles.ts'
import { Recovery } from './recovery.ts'
import { isRenewable, renew } from './renew.ts'
import { type HandleEvents, ReplicaHandle } from './replica-handle.ts'
import { Thread } from './thread.ts'
import { Wiring } from './wiring.ts'

type HostThread = Thread<ReplicaHandle>

/** Orders that change which replicas serve are carried out one after the other. */
const IN_TURN: ReadonlySet<HostOrder['type']> = new Set(['edit', 'restart', 'drain', 'undrain'])

/**
 * Owns the threads and replicas of one process: starts the replicas leaves first, wires them to each other, closes them the
 * other way round. What ends them when they hang is in guard.ts, what brings them back when they die in recovery.ts.
 */
export class Host {
  readonly disturbances = new ActiveDisturbances()
  readonly abroad: Abroad
  readonly #report: (message: FromHost) => void
  /** By name. */
  readonly #threads = new Map<string, HostThread>()
  /** In the order of the plan; those that an edit has taken out stay, with their counts. */
  readonly #handles = new Map<string, ReplicaHandle>()
  readonly #wiring: Wiring
  readonly #shared = new SharedState()
  readonly #profiles = new Profiles(() => [...this.#threads.values()])
  readonly #guard = new Guard({
    threads: () => [...this.#threads.values()],
    residentsOf: thread => [...this.#handles.values()].filter(handle => thread.houses(handle)),
    disconnect: handle => this.#wiring.disconnect(handle),
    log: ({ plan }, event, fields) => this.#events.log(plan, { type: 'log', level: 'error', event, fields }),
  })
  readonly #recovery = new Recovery({
    // While the lab starts, its start fails with whoever was not ready yet, and everything is closed.
    bringsBack: residents => !this.#closing && (this.#isUp || residents.every(handle => handle.hasServed)),
    disconnect: handle => this.#wiring.disconnect(handle),
    house: (thread, handles) => this.#house(thread, handles),
    bringUp: handle => this.#bringUp(handle),
    levels: () => this.levels(),
    report: message => this.#report(message),
  })
  #ordering: Promise<void> = Promise.resolve()
  #plan: HostPlan
  /** Where each replica of the plan lives, or will live when it is started. */
  #homes: ReadonlyMap<string, HostThread> = new Map()
  #isUp = false
  #closing: Promise<boolean> | undefined

  constructor(plan: HostPlan, report: (message: FromHost) => void) {
    this.abroad = new Abroad(report)
    this.#wiring = new Wiring(this.#handles, this.abroad, plan.elsewhere)
    this.#report = report
    this.#plan = plan
    this.adopt(plan)
  }

  /** What is to run from now on. Replicas that are there already are prepared for it; new ones are made, not started. */
  adopt(plan: HostPlan): void {
    this.#plan = plan
    this.#homes = new Map(
      plan.threads.flatMap(home => {
        const thread = this.#threadOf(home)
        return home.replicas.map(name => [name, thread])
      }),
    )
    for (const one of plan.replicas) {
      const known = this.#handles.get(one.replica)
      const shared = this.#shared.regionsOf(one)
      if (known) known.prepare(one, shared)
      else {
        const handle = new ReplicaHandle(one, shared, this.#homes.get(one.replica)!, this.#events)
        this.#handles.set(one.replica, handle)
        this.#wiring.adopt(handle)
      }
    }
  }

  /** Starts every level in turn. All threads are created at once, so that their modules load side by side. */
  async start(): Promise<void> {
    const handles = Map.groupBy(this.#handles.values(), handle => handle.thread)
    await Promise.all([...handles].map(([thread, residents]) => this.#house(thread, residents)))
    for (const level of this.levels()) await Promise.all(level.map(handle => this.#bringUp(handle)))
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
    const utilisation = new Map([...this.#threads.values()].map(thread => [thread, thread.utilisation()]))
    return [...this.#handles.values()].map(handle =>
      handle.snapshot(utilisation.get(handle.thread) ?? 0, this.#guard.heapBytes(handle.thread)),
    )
  }

  /** Does something to the replicas; rejects when it cannot be done. */
  carryOut(order: HostOrder): Promise<void> {
    if (!IN_TURN.has(order.type)) return carryOut(this, order)
    const done = this.#ordering.then(() => carryOut(this, order))
    this.#ordering = done.catch(() => {})
    return done
  }

  /** Begins or ends recording what threads do; resolves to what became of each of them. */
  profile(request: ProfileRequest): Promise<ThreadProfile[]> {
    return this.#profiles.obey(request)
  }

  /** The replica of this name; throws when there is none. */
  handle(name: string): ReplicaHandle {
    const handle = this.#handles.get(name)
    if (!handle) throw new Error(`there is no replica ${name}`)
    return handle
  }

  /** In the order of starting; one level starts at once. Leaves out what the plan does not have. */
  levels(): ReplicaHandle[][] {
    const byComponent = Map.groupBy(this.#plan.replicas, plan => plan.component)
    return this.#plan.levels.map(level =>
      level.flatMap(component => (byComponent.get(component) ?? []).map(({ replica }) => this.handle(replica))),
    )
  }

  /** Ends a replica as in a crash: with its thread when it is alone there, else only itself. */
  async kill(handle: ReplicaHandle): Promise<void> {
    const { thread, plan } = handle
    if (!thread.houses(handle)) return
    if (thread.isAlone(handle)) {
      if (!(await thread.kill()).ended) throw new Error(`${plan.replica} is blocked where nothing can end it safely`)
      return
    }
    handle.tell({ type: 'abandon' })
    await thread.leave(handle)
    this.#wiring.disconnect(handle)
    this.#recovery.tryAgain(handle, { code: undefined, message: 'it was killed', hint: undefined, stack: undefined })
  }

  /** Starts a replica that does not run; one that fails is tried again after a back-off, and the promise rejects. */
  async startOne(handle: ReplicaHandle): Promise<void> {
    if (this.#closing) return
    handle.thread = this.#homes.get(handle.plan.replica) ?? handle.thread
    await this.#house(handle.thread, [handle])
    try {
      await this.#bringUp(handle)
    } catch (error) {
      await this.#recovery.startFailed(handle, error as Error)
      throw error
    }
  }

  /** Drains and closes a replica: nobody sends it anything more, and what is under way is answered. */
  stopOne(handle: ReplicaHandle): Promise<void> {
    return this.#recovery.onPurpose(handle, async () => {
      if (handle.state === 'ready') {
        await this.#wiring.leave(handle)
        // One that dies meanwhile, or is late, is closed all the same.
        await handle.drain().catch(() => {})
        await this.#wiring.part(handle)
      }
      this.#wiring.disconnect(handle)
      if (!(await handle.close())) await handle.discard()
    })
  }

  /**
   * Makes a replica anew: in its thread, without a gap, where that can be; else it is drained, closed and started. Rejects when the
   * new one cannot be made; it stays as it was then where it did not have to be closed before, else it is tried again.
   */
  async restartOne(handle: ReplicaHandle): Promise<void> {
    const home = this.#homes.get(handle.plan.replica)
    if (home === handle.thread && home.isAsPlanned && isRenewable(handle)) return this.#renewOne(handle)
    await this.stopOne(handle)
    handle.restarts += 1
    await this.startOne(handle)
  }

  async #renewOne(handle: ReplicaHandle): Promise<void> {
    try {
      await renew(this.#wiring, handle)
    } catch (error) {
      if (handle.isBereft && handle.state === 'ready') {
        await this.stopOne(handle)
        this.#recovery.tryAgain(handle, toWire(error))
      }
      throw error
    }
  }

  /** Takes a replica out of service; it stays so until it is undrained, restarted, or dies. */
  drainOne(handle: ReplicaHandle): Promise<void> {
    return drain(this.#wiring, handle)
  }

  async undrainOne(handle: ReplicaHandle): Promise<void> {
    await undrain(this.#wiring, handle)
    this.disturbances.resume(handle)
  }

  /** Lets a replica become what it was prepared for, in place; rejects when it cannot. */
  async editOne(handle: ReplicaHandle): Promise<void> {
    const birth = handle.next
    if (!birth) return
    // It must not look for somebody to call, and find nobody connected yet.
    await handle.edit(birth, this.#wiring.connectionsFor(handle, birth.plan))
    this.#wiring.adopt(handle)
    this.#wiring.connectOut(handle)
  }

  /** Something has become of a replica that another host runs; resolves when its callers here have heard of it. */
  peer(news: PeerNews): Promise<void> {
    return this.#wiring.peer(news)
  }

  /** The replica is out of the plan and closed: it calls nobody. */
  forget(handle: ReplicaHandle): void {
    this.#wiring.forget(handle)
  }

  async #close(): Promise<boolean> {
    this.#recovery.close()
    this.#guard.close()
    const gone: boolean[] = []
    for (const level of this.levels().reverse()) {
      gone.push(...(await Promise.all(level.map(handle => handle.close()))))
    }
    return !gone.includes(false)
  }

  #threadOf(plan: ThreadPlan): HostThread {
    const known = this.#threads.get(plan.thread)
    if (known) {
      known.plan = plan
      return known
    }
    const thread: HostThread = new Thread(plan, { died: (...death) => this.#recovery.threadDied(...death) })
    this.#threads.set(plan.thread, thread)
    return thread
  }

  async #house(thread: HostThread, handles: readonly ReplicaHandle[]): Promise<void> {
    await thread.settled()
    if (this.#closing) return
    for (const handle of handles) {
      handle.begin()
      this.#wiring.adopt(handle)
    }
    thread.admit(handles)
  }

  /** Connects a replica to those it calls, starts it, then connects those that call it. */
  async #bringUp(handle: ReplicaHandle): Promise<void> {
    this.#wiring.connectOut(handle)
    await handle.start()
    this.disturbances.resume(handle)
    // Callees may have come back meanwhile.
    this.#wiring.connectOut(handle)
    this.#wiring.connectIn(handle)
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
}
