import type { Clock } from '../kit/index.ts'
import type { HostOrder, HostPlan, Snapshot } from '../protocol.ts'
import type { Decision } from '../supervisor/autoscaling/autoscaler.ts'
import { Autoscaling, type AutoscalingStatus, type Scalable } from '../supervisor/autoscaling/autoscaling.ts'
import { withReplicas, withReplicasOf } from '../supervisor/autoscaling/replicas.ts'
import type { Topology } from '../topology/topology.ts'

/** A change of a number of replicas. JSON-serialisable. */
export interface Scaling extends Decision {
  /** Simulated time. */
  readonly atMs: number
  readonly component: string
}

/** What is needed of the lab that is scaled. */
interface Scaled {
  readonly clock: Clock
  /** With every replica that there may be. */
  plan(): HostPlan
  /** Of every replica, drained ones too. */
  snapshot(): Snapshot
  order(order: HostOrder): Promise<void>
}

/**
 * The topology with as many replicas as the lab may come to have while it is one of these topologies: in a simulation they are
 * all there, some of them drained.
 */
export function withMost(topology: Topology, all: readonly Topology[]): Topology {
  const components = Object.entries(topology.components).map(([name, spec]) => {
    const numbers = all.map(({ components: { [name]: one } }) => one?.autoscaling?.max ?? one?.replicas ?? 0)
    return [name, { ...spec, replicas: Math.max(...numbers) }] as const
  })
  return { ...topology, components: Object.fromEntries(components) }
}

/** The live lab's autoscaling in simulated time: replicas are taken in and out as they are undrained and drained. */
export class SimulatedScaling implements Scalable {
  /** What was decided so far, but for looks that changed nothing. */
  readonly decisions: Scaling[] = []
  #topology: Topology
  readonly #lab: Scaled
  readonly #autoscaling: Autoscaling

  constructor(topology: Topology, lab: Scaled) {
    this.#topology = topology
    this.#lab = lab
    this.#autoscaling = new Autoscaling(this, lab.clock)
  }

  /** With the numbers of replicas that run now. */
  get topology(): Topology {
    return this.#topology
  }

  /** Takes out who is not to run at first, of replicas that are all ready, and begins to look. */
  async begin(): Promise<void> {
    const running = new Set(this.running.replicas)
    const spare = this.#lab
      .plan()
      .replicas.filter(one => !running.has(one))
      .map(({ replica }) => replica)
    if (spare.length > 0) await this.#lab.order({ type: 'drain', replicas: spare })
    this.#autoscaling.follow()
  }

  /** The plan with the replicas that run now. */
  get running(): HostPlan {
    const { components } = this.#topology
    const plan = this.#lab.plan()
    return {
      ...plan,
      replicas: plan.replicas.filter(({ component, index }) => index < components[component]!.replicas),
    }
  }

  async snapshot(): Promise<Snapshot> {
    return this.look()
  }

  /** A snapshot of the lab, which counts as a look. */
  look(): Snapshot {
    const snapshot = this.#lab.snapshot()
    this.#autoscaling.look(snapshot)
    return snapshot
  }

  async scale(component: string, decision: Decision): Promise<void> {
    const { from, to } = decision
    this.decisions.push({ atMs: this.#lab.clock.nowMs(), component, ...decision })
    this.#topology = withReplicas(this.#topology, component, to)
    const [least, most] = [Math.min(from, to), Math.max(from, to)]
    const moved = this.#lab.plan().replicas.filter(one => one.component === component && one.index >= least)
    const replicas = moved.filter(({ index }) => index < most).map(({ replica }) => replica)
    await this.#lab.order({ type: to > from ? 'undrain' : 'drain', replicas })
  }

  /** The lab becomes another topology: `change` is called when those that come are there, before those that go have gone. */
  async become(next: Topology, change: () => Promise<void>): Promise<void> {
    const before = new Set(this.running.replicas.map(({ replica }) => replica))
    this.#topology = withReplicasOf(this.#topology, next)
    const after = new Set(this.running.replicas.map(({ replica }) => replica))
    const [come, go] = [[...after].filter(name => !before.has(name)), [...before].filter(name => !after.has(name))]
    if (come.length > 0) await this.#lab.order({ type: 'undrain', replicas: come })
    await change()
    if (go.length > 0) await this.#lab.order({ type: 'drain', replicas: go })
    this.#autoscaling.follow()
  }

  status(): ReadonlyMap<string, AutoscalingStatus> {
    return this.#autoscaling.status()
  }

  stop(): void {
    this.#autoscaling.stop()
  }
}
