import { isDeepStrictEqual } from 'node:util'
import type { Clock } from '../../kit/index.ts'
import type { Snapshot } from '../../protocol.ts'
import type { AutoscalingSpec, Topology } from '../../topology/topology.ts'
import { replicaNames } from '../threads.ts'
import { Autoscaler, type Decision } from './autoscaler.ts'
import { BusyMeter, busyShare, type Mark } from './busy-meter.ts'

/** What is scaled. */
export interface Scalable {
  /** What runs now. */
  readonly topology: Topology
  /** Resolves after the snapshot has been handed to `Autoscaling.look`. */
  snapshot(): Promise<Snapshot>
  /** Gives a component another number of replicas. Tells itself when that fails: rejecting would stop nobody. */
  scale(component: string, decision: Decision): Promise<void>
}

/** The last look at a component. JSON-serialisable. */
export interface AutoscalingStatus extends Decision {
  readonly min: number
  readonly max: number
}

/** One component that is watched. */
interface Watch {
  readonly spec: AutoscalingSpec
  readonly autoscaler: Autoscaler
  marks: ReadonlyMap<string, Mark | undefined>
  last: Decision | undefined
  callOff: () => void
}

/** Looks at the components that a lab scales, each at its interval, and scales them. Stop it when the lab closes. */
export class Autoscaling {
  readonly #lab: Scalable
  readonly #clock: Clock
  readonly #meter = new BusyMeter()
  readonly #watches = new Map<string, Watch>()
  #stopped = false

  constructor(lab: Scalable, clock: Clock) {
    this.#lab = lab
    this.#clock = clock
  }

  /** Takes a snapshot into account; every one of the lab has to come here, whoever asked for it. */
  look(snapshot: Snapshot): void {
    this.#meter.look(snapshot, this.#clock.nowMs())
  }

  /** Begins, or goes on after an edit: what is scaled as before keeps what is remembered of it. */
  follow(): void {
    if (this.#stopped) return
    const { components } = this.#lab.topology
    for (const [name, { spec, callOff }] of this.#watches) {
      if (isDeepStrictEqual(components[name]?.autoscaling, spec)) continue
      callOff()
      this.#watches.delete(name)
    }
    for (const { name, autoscaling, replicas } of Object.values(components)) {
      if (autoscaling && !this.#watches.has(name)) this.#begin(name, autoscaling, replicas)
    }
  }

  stop(): void {
    this.#stopped = true
    for (const { callOff } of this.#watches.values()) callOff()
    this.#watches.clear()
  }

  /** The last look at each component that is scaled and has been looked at. */
  status(): ReadonlyMap<string, AutoscalingStatus> {
    const looked = [...this.#watches].flatMap(([name, { spec, last }]) =>
      last ? [[name, { min: spec.min, max: spec.max, ...last }] as const] : [],
    )
    return new Map(looked)
  }

  #begin(component: string, spec: AutoscalingSpec, replicas: number): void {
    const autoscaler = new Autoscaler(spec, replicas, this.#clock.nowMs())
    const watch: Watch = { spec, autoscaler, marks: new Map(), last: undefined, callOff: () => {} }
    this.#watches.set(component, watch)
    // The first look only begins a window.
    void this.#lab.snapshot().then(() => {
      this.#figures(component, watch)
      this.#wait(component, watch)
    })
  }

  #wait(component: string, watch: Watch): void {
    if (this.#watches.get(component) !== watch) return
    watch.callOff = this.#clock.after(watch.spec.intervalMs, () => void this.#turn(component, watch))
  }

  async #turn(component: string, watch: Watch): Promise<void> {
    await this.#lab.snapshot()
    if (this.#watches.get(component) !== watch) return
    const utilisations = this.#figures(component, watch)
    const decision = watch.autoscaler.decide({ nowMs: this.#clock.nowMs(), utilisations })
    watch.last = decision
    if (decision.to !== decision.from) await this.#lab.scale(component, decision)
    this.#wait(component, watch)
  }

  /** Busy share of every replica since the last call. */
  #figures(component: string, watch: Watch): (number | null)[] {
    const spec = this.#lab.topology.components[component]
    const names = spec ? replicaNames(spec) : []
    const marks = new Map(names.map(name => [name, this.#meter.mark(name)]))
    const figures = names.map(name => busyShare(watch.marks.get(name), marks.get(name)))
    watch.marks = marks
    return figures
  }
}
