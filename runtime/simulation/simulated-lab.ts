import { SharedState } from '../host/memory.ts'
import { type Random, type Reply, type Request, type SimulatedPlace, seededRandom } from '../kit/index.ts'
import type { FromReplica, HostOrder, HostPlan } from '../protocol.ts'
import { runnerOf } from '../supervisor/operations/catalog.ts'
import type { Operable } from '../supervisor/operations/runner.ts'
import { type LabStatus, labStatus } from '../supervisor/status.ts'
import type { Operation } from '../topology/environment-spec.ts'
import type { Topology } from '../topology/topology.ts'
import { Lives } from './lives.ts'
import { SimulatedClock } from './simulated-clock.ts'
import {
  affectedIn,
  type Changes,
  changesBetween,
  planAll,
  type SimulatedEdit,
  type SimulatedPlans,
} from './simulated-edits.ts'
import { SimulatedNetwork } from './simulated-network.ts'
import { SimulatedReplica, type Visit } from './simulated-replica.ts'
import { type Scaling, SimulatedScaling } from './simulated-scaling.ts'
import { ThreadServer } from './thread-server.ts'

/** What a simulation takes into account besides the topology. */
export interface SimulatedLabOptions {
  /** CPU time that every request takes of the thread of every replica that it comes to; 0 by default. */
  readonly hopCostMs?: number
  /** Time from a replica to another one, one way; 0 by default. */
  readonly hopTimeMs?: number
  /** What the lab becomes by `edit` operations, one after the other. */
  readonly edits?: readonly Topology[]
  /** By replica: demands of a recorded run, which replace those that would be drawn. */
  readonly demandsMs?: ReadonlyMap<string, ArrayLike<number>>
  /** What replicas log. */
  log?(replica: string, line: Extract<FromReplica, { type: 'log' }>): void
}

/**
 * A whole lab in simulated time: the plan, the modules, the tactics and the links of the live one, in this thread, on an event
 * calendar. The same topology and the same requests give the same counts, to the last one.
 */
export class SimulatedLab implements Operable {
  readonly clock: SimulatedClock
  /** As it was opened. */
  readonly topology: Topology
  /** With every replica that there may be. */
  #plan: HostPlan
  /** Those that have not been carried out. */
  readonly #edits: SimulatedEdit[]
  readonly #options: SimulatedLabOptions
  readonly #replicas = new Map<string, SimulatedReplica>()
  readonly #network: SimulatedNetwork
  readonly #shared = new SharedState()
  readonly #random: Random
  readonly #lives: Lives
  readonly #scaling: SimulatedScaling

  private constructor(topology: Topology, { plan, edits }: SimulatedPlans, options: SimulatedLabOptions) {
    this.clock = new SimulatedClock()
    this.topology = topology
    this.#plan = plan
    this.#edits = [...edits]
    this.#options = options
    this.#random = seededRandom(`${topology.seed} connections`)
    this.#scaling = new SimulatedScaling(topology, {
      clock: this.clock,
      plan: () => this.#plan,
      snapshot: () => [...this.#replicas.values()].map(replica => replica.snapshot()),
      order: order => this.order(order),
    })
    this.#makeReplicas()
    const { hopTimeMs = 0 } = options
    this.#network = new SimulatedNetwork({ clock: this.clock, hopTimeMs, replicas: this.#replicas })
    this.#lives = new Lives(this.clock, this.plan, this.#replicas, {
      up: replica => this.#network.connect(replica),
      down: replica => this.#network.disconnect(replica),
      leaving: replica => this.#network.takeOut(replica),
      drained: replica => this.#network.cutOff(replica),
    })
  }

  /** Builds every replica and connects them; time has not begun to pass. Rejects with an ArchlabError when one cannot start. */
  static async open(topology: Topology, options: SimulatedLabOptions = {}): Promise<SimulatedLab> {
    const lab = new SimulatedLab(topology, await planAll(topology, options.edits ?? []), options)
    const byComponent = Map.groupBy(lab.#replicas.values(), ({ plan }) => plan.component)
    for (const component of lab.plan.levels.flat()) {
      for (const replica of byComponent.get(component) ?? []) await lab.#lives.start(replica)
    }
    await lab.#scaling.begin()
    return lab
  }

  /** What there is now, with replicas that may run later. */
  get plan(): HostPlan {
    return this.#plan
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
    return labStatus({
      topology,
      state: 'running',
      startedAt: new Date(0),
      uptimeMs: this.clock.nowMs(),
      hostPids: [],
      ...figures,
    })
  }

  /** What autoscaling has changed so far. */
  get scalings(): readonly Scaling[] {
    return this.#scaling.decisions
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

  /** The next one of the edits that the simulation was opened with. Rejects when it is one that is not simulated. */
  async edit(): Promise<readonly string[]> {
    const next = this.#edits.shift()
    if (!next) throw new Error('a simulation only knows the edits that it began with')
    if ('reason' in next) throw new Error(next.reason)
    const before = { plan: this.#plan, running: this.#scaling.running }
    const changes = changesBetween(before.plan, next.plan)
    this.#plan = next.plan
    this.#lives.threads = next.plan.threads
    for (const plan of next.plan.replicas) {
      this.#replicas.get(plan.replica)!.prepare(plan, this.#shared.regionsOf(plan))
    }
    await this.#scaling.become(next.topology, () => this.#change(changes))
    return affectedIn(before.running, this.#scaling.running, changes)
  }

  /** Callees before callers. */
  async #change({ change, restart }: Changes): Promise<void> {
    const byComponent = Map.groupBy(this.#replicas.values(), ({ plan }) => plan.component)
    for (const replica of this.#plan.levels.flat().flatMap(component => byComponent.get(component) ?? [])) {
      const name = replica.plan.replica
      if (!change.has(name) && !restart.has(name)) continue
      this.#network.adopt(replica)
      if (change.has(name)) await replica.change()
      else await this.#lives.renew(replica)
    }
  }

  /** Closes every replica, callers first. */
  async close(): Promise<void> {
    this.#scaling.stop()
    for (const replica of [...this.#replicas.values()].reverse()) await replica.close()
  }

  #makeReplicas(): void {
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
        shared: this.#shared.regionsOf(plan),
        common: commons.get(plan.component)!,
        demandsMs: this.#options.demandsMs?.get(plan.replica),
        hopCostMs,
        report,
      }
      const replica = new SimulatedReplica(own)
      this.#replicas.set(plan.replica, replica)
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
