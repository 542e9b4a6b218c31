import { SharedState } from '../host/memory.ts'
import { type Random, type Reply, type Request, type SimulatedPlace, seededRandom } from '../kit/index.ts'
import { allLinks, type FromReplica, type HostOrder, type HostPlan, type TargetPlan } from '../protocol.ts'
import { runnerOf } from '../supervisor/operations/catalog.ts'
import type { Operable } from '../supervisor/operations/runner.ts'
import { planHost } from '../supervisor/plan.ts'
import { type LabStatus, labStatus } from '../supervisor/status.ts'
import type { Operation } from '../topology/environment-spec.ts'
import type { Topology } from '../topology/topology.ts'
import { Lives } from './lives.ts'
import { SimulatedClock } from './simulated-clock.ts'
import { SimulatedReplica, type Visit } from './simulated-replica.ts'
import { atMost, SimulatedScaling } from './simulated-scaling.ts'
import { SimulatedTarget } from './simulated-target.ts'
import { ThreadServer } from './thread-server.ts'

/** What a simulation takes into account besides the topology. */
export interface SimulatedLabOptions {
  /** CPU time that every request takes of the thread of every replica that it comes to; 0 by default. */
  readonly hopCostMs?: number
  /** Time from a replica to another one, one way; 0 by default. */
  readonly hopTimeMs?: number
  /** By replica: demands of a recorded run, which replace those that would be drawn. */
  readonly demandsMs?: ReadonlyMap<string, ArrayLike<number>>
  /** What replicas log. */
  log?(replica: string, line: Extract<FromReplica, { type: 'log' }>): void
}

/** One replica that calls another one. */
interface Call {
  readonly caller: SimulatedReplica
  readonly plan: TargetPlan
  target: SimulatedTarget | undefined
}

/**
 * A whole lab in simulated time: the plan, the modules, the tactics and the links of the live one, in this thread, on an event
 * calendar. The same topology and the same requests give the same counts, to the last one.
 */
export class SimulatedLab implements Operable {
  readonly clock: SimulatedClock
  /** As it was opened. */
  readonly topology: Topology
  readonly plan: HostPlan
  readonly #options: SimulatedLabOptions
  readonly #replicas = new Map<string, SimulatedReplica>()
  readonly #callsTo = new Map<SimulatedReplica, Call[]>()
  readonly #callsFrom = new Map<SimulatedReplica, Call[]>()
  readonly #random: Random
  readonly #lives: Lives
  readonly #scaling: SimulatedScaling

  private constructor(topology: Topology, plan: HostPlan, options: SimulatedLabOptions) {
    this.clock = new SimulatedClock()
    this.topology = topology
    this.plan = plan
    this.#options = options
    this.#random = seededRandom(`${topology.seed} connections`)
    this.#scaling = new SimulatedScaling(topology, {
      clock: this.clock,
      plan,
      snapshot: () => [...this.#replicas.values()].map(replica => replica.snapshot()),
      order: order => this.order(order),
    })
    this.#makeReplicas()
    for (const replica of this.#replicas.values()) this.#makeCalls(replica)
    this.#lives = new Lives(this.clock, this.plan, this.#replicas, {
      up: replica => this.#connect(replica),
      down: replica => this.#disconnect(replica),
      leaving: replica => this.#takeOut(replica),
      drained: replica => this.#cutOff(replica),
    })
  }

  /** Builds every replica and connects them; time has not begun to pass. Rejects with an ArchlabError when one cannot start. */
  static async open(topology: Topology, options: SimulatedLabOptions = {}): Promise<SimulatedLab> {
    const lab = new SimulatedLab(topology, await planHost(atMost(topology)), options)
    const byComponent = Map.groupBy(lab.#replicas.values(), ({ plan }) => plan.component)
    for (const component of lab.plan.levels.flat()) {
      for (const replica of byComponent.get(component) ?? []) await lab.#lives.start(replica)
    }
    await lab.#scaling.begin()
    return lab
  }

  /** A client's connection to a component: where several replicas share its port one of them by chance, else the first. */
  connect(component: string): Connection {
    return new Connection(() => {
      const replicas = this.#scaling.running.replicas.filter(one => one.component === component)
      const isShared = this.topology.components[component]!.listen?.shared === true
      const place = isShared ? Math.floor(this.#random.next() * replicas.length) : 0
      return this.#replicas.get(replicas[place]!.replica)!
    })
  }

  /** Counts of every component now. */
  status(): LabStatus {
    const { topology } = this
    const figures = { snapshot: this.#scaling.look(), autoscaling: this.#scaling.status() }
    return labStatus({ topology, state: 'running', startedAt: new Date(0), hostPids: [], ...figures })
  }

  /** CPU time that the thread of each replica has spent so far; replicas of one thread have the same. */
  busyMs(): ReadonlyMap<string, number> {
    return new Map([...this.#replicas].map(([name, { server }]) => [name, server.busyMs]))
  }

  /** Does something to the lab now; resolves in simulated time to what it was done to. */
  perform(operation: Operation): Promise<readonly string[]> {
    const plan = this.#scaling.running
    return runnerOf(operation)(operation, { plan, order: order => this.order(order), edit: () => this.edit() })
  }

  /** Carries out what a host is told in a live lab; resolves in simulated time. */
  order(order: HostOrder): Promise<void> {
    return this.#lives.obey(order)
  }

  edit(): Promise<readonly string[]> {
    return Promise.reject(new Error('a simulation does not change its topology while it runs'))
  }

  /** Closes every replica, callers first. */
  async close(): Promise<void> {
    this.#scaling.stop()
    for (const replica of [...this.#replicas.values()].reverse()) await replica.close()
  }

  #makeReplicas(): void {
    const shared = new SharedState()
    const threads = new Map<string, { thread: string; server: ThreadServer }>()
    for (const { thread, replicas } of this.plan.threads) {
      const server = new ThreadServer(this.clock)
      for (const replica of replicas) threads.set(replica, { thread, server })
    }
    const commons = new Map(this.plan.levels.flat().map(component => [component, commonOf()]))
    const { hopCostMs = 0, log } = this.#options
    for (const plan of this.plan.replicas) {
      const report = (message: FromReplica): void => {
        if (message.type === 'log') log?.(plan.replica, message)
      }
      const place = threads.get(plan.replica)!
      const own = {
        plan,
        clock: this.clock,
        ...place,
        shared: shared.regionsOf(plan),
        common: commons.get(plan.component)!,
        demandsMs: this.#options.demandsMs?.get(plan.replica),
        hopCostMs,
        report,
      }
      const replica = new SimulatedReplica(own)
      this.#replicas.set(plan.replica, replica)
      this.#callsTo.set(replica, [])
    }
  }

  #makeCalls(caller: SimulatedReplica): void {
    const targets = new Map<string, TargetPlan>()
    for (const link of allLinks(caller.plan)) {
      for (const target of link.targets) targets.set(`${target.replica} ${target.transport}`, target)
    }
    const calls = [...targets.values()].map((plan): Call => ({ caller, plan, target: undefined }))
    this.#callsFrom.set(caller, calls)
    for (const call of calls) this.#callsTo.get(this.#replicas.get(call.plan.replica)!)!.push(call)
  }

  /** A replica is ready: it reaches those it calls, and those that call it reach it. */
  #connect(replica: SimulatedReplica): void {
    replica.links.addAll(this.#callsFrom.get(replica)!.flatMap(call => this.#join(call) ?? []))
    for (const call of this.#callsTo.get(replica)!) {
      const joined = this.#join(call)
      if (joined) call.caller.links.add(joined.plan, joined.target)
    }
  }

  /** A way from caller to callee, where both are there and have none. */
  #join(call: Call): { plan: TargetPlan; target: SimulatedTarget } | undefined {
    const callee = this.#replicas.get(call.plan.replica)!
    const { caller, plan } = call
    if (call.target || caller.state !== 'ready' || callee.state !== 'ready') return undefined
    const timeMs = this.#options.hopTimeMs ?? 0
    call.target = new SimulatedTarget(plan, { clock: this.clock, caller, callee, timeMs })
    return { plan, target: call.target }
  }

  /** A replica has gone: its calls have no caller any more, and calls to it are answered 502. */
  #disconnect(replica: SimulatedReplica): void {
    for (const call of this.#callsFrom.get(replica)!) {
      call.target?.forsake()
      call.target = undefined
    }
    this.#cutOff(replica)
  }

  /** Nobody reaches the replica any more: calls to it are answered 502. */
  #cutOff(replica: SimulatedReplica): void {
    for (const call of this.#callsTo.get(replica)!) {
      call.target = undefined
      if (call.caller.isThere) call.caller.links.targetDown(replica.plan.replica)
    }
  }

  /** A replica is about to close: no more calls to it, those under way may end. */
  #takeOut(replica: SimulatedReplica): void {
    for (const call of this.#callsTo.get(replica)!) {
      if (call.caller.state === 'ready') call.caller.links.targetLeaving(replica.plan.replica)
    }
  }
}

/** One thing that the replicas of a component share. */
function commonOf(): SimulatedPlace['common'] {
  let thing: unknown
  return <Thing>(make: () => Thing): Thing => {
    thing ??= make()
    return thing as Thing
  }
}

/** A client's way into the lab. */
export class Connection {
  #replica: SimulatedReplica
  readonly #pick: () => SimulatedReplica

  constructor(pick: () => SimulatedReplica) {
    this.#pick = pick
    this.#replica = pick()
  }

  /**
   * Sends a request; `done` is told the reply, or `null` when the connection broke or nobody listens, and may be called at
   * once. The visit can be told that the client has gone.
   */
  send(request: Request, done: (reply: Reply | null) => void): Visit | undefined {
    // One that drains closes its connections when nothing is under way, and the client opens another.
    if (this.#replica.state === 'drained') this.#replica = this.#pick()
    const { state } = this.#replica
    if (state === 'ready' || state === 'draining') return this.#replica.visit(request, { returned: done })
    done(null)
    return undefined
  }
}
