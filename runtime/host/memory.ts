import { meterBytes, readMeters, summarize, TRAFFIC_BYTES, Traffic } from '../meters/index.ts'
import {
  allLinks,
  allTactics,
  LINK_METERS,
  type LinkPlan,
  type LinkSnapshot,
  type ReplicaPlan,
  type ReplicaSnapshot,
  type TacticPlan,
  type TacticSnapshot,
} from '../protocol.ts'

/**
 * The shared memory of one replica: owned by the host, written by the replica, and kept when the replica dies, so that
 * no count is lost and a restarted replica counts on.
 */
export class ReplicaMemory {
  readonly traffic = new SharedArrayBuffer(TRAFFIC_BYTES)
  readonly meters: Record<string, SharedArrayBuffer> = {}
  readonly #plan: ReplicaPlan
  readonly #tactics: readonly TacticPlan[]
  readonly #links: readonly LinkPlan[]

  constructor(plan: ReplicaPlan) {
    this.#plan = plan
    this.#tactics = allTactics(plan)
    this.#links = allLinks(plan)
    this.meters[plan.component] = new SharedArrayBuffer(meterBytes(plan.meters))
    for (const tactic of this.#tactics) this.meters[tactic.address] = new SharedArrayBuffer(meterBytes(tactic.meters))
    for (const link of this.#links) this.meters[link.address] = new SharedArrayBuffer(meterBytes(LINK_METERS))
  }

  /** Everything counted so far; `rest` is what only the host knows. */
  read(rest: Pick<ReplicaSnapshot, 'state' | 'restarts' | 'thread' | 'utilisation'>): ReplicaSnapshot {
    const { replica, component, kind, meters } = this.#plan
    const { latency, starts: _, ...traffic } = new Traffic(this.traffic).read()
    return {
      replica,
      component,
      kind,
      ...rest,
      ...traffic,
      latency: summarize(latency),
      histogram: latency,
      ...readMeters(this.meters[component]!, meters),
      tactics: this.#tactics.map(tactic => this.#readTactic(tactic)),
      links: this.#links.map(link => this.#readLink(link)),
    }
  }

  #readLink({ address, to }: LinkPlan): LinkSnapshot {
    return { address, to, ...readMeters(this.meters[address]!, LINK_METERS) }
  }

  #readTactic(tactic: TacticPlan): TacticSnapshot {
    return { address: tactic.address, name: tactic.name, ...readMeters(this.meters[tactic.address]!, tactic.meters) }
  }
}

/** State of tactics with `scope: component`: one region per tactic, shared by all replicas of the component. */
export class SharedState {
  readonly #regions = new Map<string, SharedArrayBuffer>()

  /** The regions that a replica's tactics use, by address. */
  regionsOf(plan: ReplicaPlan): Record<string, SharedArrayBuffer> {
    const regions: Record<string, SharedArrayBuffer> = {}
    for (const tactic of allTactics(plan)) {
      if (tactic.sharedBytes === 0) continue
      let region = this.#regions.get(tactic.address)
      if (!region) {
        region = new SharedArrayBuffer(tactic.sharedBytes)
        this.#regions.set(tactic.address, region)
      }
      regions[tactic.address] = region
    }
    return regions
  }
}
