import type { Clock } from '../kit/index.ts'
import type { HostOrder, HostPlan, Snapshot } from '../protocol.ts'
import type { Decision } from '../supervisor/autoscaling/autoscaler.ts'
import { Autoscaling, type AutoscalingStatus, type Scalable } from '../supervisor/autoscaling/autoscaling.ts'
import { withReplicas } from '../supervisor/autoscaling/replicas.ts'
import type { Topology } from '../topology/topology.ts'

/** What is needed of the lab that is scaled. */
interface Scaled {
  readonly clock: Clock
  /** With every replica that there may be. */
  readonly plan: HostPlan
  /** Of every replica, drained ones too. */
  snapshot(): Snapshot
  order(order: HostOrder): Promise<void>
}

/** The topology with as many replicas as the lab may come to have: in a simulation they are all there, some of them drained. */
export function atMost(topology: Topology): Topology {
  const scaled = Object.values(topology.components).flatMap(({ name, autoscaling }) =>
    autoscaling ? [{ name, max: autoscaling.max }] : [],
  )
  return scaled.reduce((whole, { name, max }) => withReplicas(whole, name, max), topology)
}

/** The live lab's autoscaling in simulated time: replicas are taken in and out as they are undrained and drained. */
export class SimulatedScaling implements Scalable {
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
    const spare = this.#lab.plan.replicas.filter(one => !running.has(one)).map(({ replica }) => replica)
    if (spare.length > 0) await this.#lab.order({ type: 'drain', replicas: spare })
    this.#autoscaling.follow()
  }

  /** The plan with the replicas that run now. */
  get running(): HostPlan {
    const { components } = this.#topology
    const { plan } = this.#lab
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

  async scale(component: string, { from, to }: Decision): Promise<void> {
    this.#topology = withReplicas(this.#topology, component, to)
    const [least, most] = [Math.min(from, to), Math.max(from, to)]
    const moved = this.#lab.plan.replicas.filter(one => one.component === component && one.index >= least)
    const replicas = moved.filter(({ index }) => index < most).map(({ replica }) => replica)
    await this.#lab.order({ type: to > from ? 'undrain' : 'drain', replicas })
  }

  status(): ReadonlyMap<string, AutoscalingStatus> {
    return this.#autoscaling.status()
  }

  stop(): void {
    this.#autoscaling.stop()
  }
}
