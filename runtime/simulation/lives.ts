import { BackOff } from '../host/back-off.ts'
import { type Clock, sleep } from '../kit/index.ts'
import type { Disturbance, DisturbedPlace, HostOrder, HostPlan, ThreadPlan } from '../protocol.ts'
import type { SimulatedReplica } from './simulated-replica.ts'

/** How often a closing replica is looked at, as in a live lab. */
const DRAIN_STEP_MS = 10

/** What has to be known of the coming and going of replicas. */
export interface LifeEvents {
  up(replica: SimulatedReplica): void
  down(replica: SimulatedReplica): void
  /** It is about to close, or to be drained. */
  leaving(replica: SimulatedReplica): void
  /** It has been drained: nobody calls it, but it may call others. */
  drained(replica: SimulatedReplica): void
}

/**
 * Starts, disturbs, ends and restarts replicas as a live host does: a thread dies with all who live in it, and comes back after
 * a back-off, with what disturbs them. Starts take no simulated time.
 */
export class Lives {
  readonly #clock: Clock
  /** As they are planned now. */
  threads: readonly ThreadPlan[]
  readonly #replicas: ReadonlyMap<string, SimulatedReplica>
  readonly #events: LifeEvents
  readonly #backOff: BackOff
  /** By replica, then by place. */
  readonly #disturbances = new Map<string, Map<string, Disturbance>>()

  constructor(clock: Clock, plan: HostPlan, replicas: ReadonlyMap<string, SimulatedReplica>, events: LifeEvents) {
    this.#clock = clock
    this.threads = plan.threads
    this.#replicas = replicas
    this.#events = events
    this.#backOff = new BackOff(() => clock.nowMs())
  }

  async start(replica: SimulatedReplica): Promise<void> {
    await replica.start()
    for (const [place, disturbance] of this.#disturbances.get(replica.plan.replica) ?? []) {
      replica.disturb(place, disturbance)
    }
    replica.ready()
    this.#events.up(replica)
  }

  /** Carries out an order. Rejects when a simulation cannot. */
  async obey(order: HostOrder): Promise<void> {
    if (order.type === 'kill' || order.type === 'fail') this.#kill(order.replicas)
    else if (order.type === 'spin') this.#spin(order.replicas, order.forMs)
    else if (order.type === 'disturb') for (const at of order.at) this.#disturb(at, order.disturbance, order.forMs)
    else if (order.type === 'restart') for (const name of order.replicas) await this.#restart(this.#named(name))
    else if (order.type === 'drain') await Promise.all(order.replicas.map(name => this.#drain(this.#named(name))))
    else if (order.type === 'undrain') for (const name of order.replicas) this.#undrain(this.#named(name))
    else if (order.type === 'leak') throw new Error('memory is not simulated')
    else throw new Error(`a simulation cannot ${order.type}`)
  }

  #named(name: string): SimulatedReplica {
    return this.#replicas.get(name)!
  }

  /** The thread computes; a thread that is silent for longer than its limit is killed, as the live host does. */
  #spin(names: readonly string[], forMs: number | null): void {
    for (const name of names) {
      const { server } = this.#named(name)
      const spinMs = forMs ?? Number.POSITIVE_INFINITY
      server.compute(spinMs, () => {})
      const { hangLimitMs } = this.threads.find(({ replicas }) => replicas.includes(name))!
      if (hangLimitMs !== null && spinMs > hangLimitMs) this.#clock.after(hangLimitMs, () => this.#kill([name]))
    }
  }

  #kill(names: readonly string[]): void {
    for (const { thread, replicas } of this.threads) {
      if (!replicas.some(replica => names.includes(replica))) continue
      const residents = replicas.map(name => this.#named(name)).filter(({ state }) => state !== 'failed')
      if (residents.length > 0) this.#threadDies(thread, residents)
    }
  }

  #threadDies(thread: string, residents: readonly SimulatedReplica[]): void {
    for (const replica of residents) {
      replica.kill()
      replica.server.clear()
      this.#events.down(replica)
    }
    this.#clock.after(this.#backOff.delayMs(thread), () => {
      // A start that fails leaves the replica down: its modules have started once already.
      for (const replica of residents) this.start(replica).catch(() => replica.kill())
    })
  }

  #disturb({ replica: name, place }: DisturbedPlace, disturbance: Disturbance, forMs: number | null): void {
    const places = this.#disturbances.get(name) ?? new Map<string, Disturbance>()
    this.#disturbances.set(name, places.set(place, disturbance))
    const replica = this.#named(name)
    if (replica.isThere) replica.disturb(place, disturbance)
    if (forMs === null) return
    this.#clock.after(forMs, () => {
      // A later one has its place.
      if (places.get(place) !== disturbance) return
      places.delete(place)
      if (replica.isThere) replica.disturb(place, null)
    })
  }

  async #restart(replica: SimulatedReplica): Promise<void> {
    await this.#leave(replica)
    await replica.close()
    this.#events.down(replica)
    await this.start(replica)
  }

  /** The same of a replica that an edit has changed; one that was out of service stays so. */
  async renew(replica: SimulatedReplica): Promise<void> {
    // One that is down takes its plan when it comes back.
    if (!replica.isThere) return
    const wasDrained = replica.state === 'drained'
    await this.#restart(replica)
    if (wasDrained) await this.#drain(replica)
  }

  async #drain(replica: SimulatedReplica): Promise<void> {
    if (replica.state === 'drained') return
    await this.#leave(replica)
    // One that has died meanwhile comes back by itself.
    if (replica.state !== 'draining') return
    replica.rest()
    this.#events.drained(replica)
  }

  #undrain(replica: SimulatedReplica): void {
    if (replica.state !== 'drained') return
    replica.ready()
    this.#events.up(replica)
  }

  /** Nobody calls it any more, and what is under way is answered, at most for its drain time. */
  async #leave(replica: SimulatedReplica): Promise<void> {
    this.#events.leaving(replica)
    replica.leave()
    const untilMs = this.#clock.nowMs() + replica.plan.drainTimeoutMs
    while (replica.awaited > 0 && this.#clock.nowMs() < untilMs) await sleep(this.#clock, DRAIN_STEP_MS)
  }
}
