import { isDeepStrictEqual } from 'node:util'
import { type MeterNames, meterBytes, readMeters, summarize, TRAFFIC_BYTES, Traffic } from '../meters/index.ts'
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
  #plan: ReplicaPlan
  /** Those of the plan, and those of earlier plans, whose counts stay. */
  readonly #tactics = new Map<string, TacticPlan>()
  readonly #links = new Map<string, LinkPlan>()

  constructor(plan: ReplicaPlan) {
    this.#plan = plan
    this.adopt(plan)
  }

  /** Counts for another plan too. What counted before at the same address, by the same names, counts on. */
  adopt(plan: ReplicaPlan): void {
    this.#reserve(plan.component, plan.meters, this.#plan.meters)
    this.#plan = plan
    for (const tactic of allTactics(plan)) {
      this.#reserve(tactic.address, tactic.meters, this.#tactics.get(tactic.address)?.meters)
      this.#tactics.set(tactic.address, tactic)
    }
    for (const link of allLinks(plan)) {
      this.#reserve(link.address, LINK_METERS, LINK_METERS)
      this.#links.set(link.address, link)
    }
  }

  #reserve(address: string, names: MeterNames, before: MeterNames | undefined): void {
    if (this.meters[address] && isDeepStrictEqual(names, before)) return
    this.meters[address] = new SharedArrayBuffer(meterBytes(names))
  }

  /** Everything counted so far; `rest` is what only the host knows. */
  read(rest: Pick<ReplicaSnapshot, 'state' | 'restarts' | 'thread' | 'utilisation' | 'heapBytes'>): ReplicaSnapshot {
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
      tactics: [...this.#tactics.values()].map(tactic => this.#readTactic(tactic)),
      links: [...this.#links.values()].map(link => this.#readLink(link)),
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
  readonly #regions = new Map<string, { readonly tactic: TacticPlan; readonly region: SharedArrayBuffer }>()

  /** The regions that a replica's tactics use, by address. A tactic whose settings give them another meaning has another one. */
  regionsOf(plan: ReplicaPlan): Record<string, SharedArrayBuffer> {
    const regions: Record<string, SharedArrayBuffer> = {}
    for (const tactic of allTactics(plan)) {
      if (tactic.sharedBytes > 0) regions[tactic.address] = this.#regionOf(tactic)
    }
    return regions
  }

  #regionOf(tactic: TacticPlan): SharedArrayBuffer {
    const known = this.#regions.get(tactic.address)
    if (known && isDeepStrictEqual(layoutOf(known.tactic), layoutOf(tactic))) return known.region
    const region = new SharedArrayBuffer(tactic.sharedBytes)
    this.#regions.set(tactic.address, { tactic, region })
    return region
  }
}

/** What the meaning of a region's bytes depends on. */
const layoutOf = ({ module, sharedLayout, sharedBytes }: TacticPlan): unknown => ({ module, sharedLayout, sharedBytes })
