import type { Disturbance, DisturbedPlace } from '../protocol.ts'
import type { ReplicaHandle } from './replica-handle.ts'

interface Active {
  readonly disturbance: Disturbance
  readonly timer: NodeJS.Timeout | undefined
}

/** What disturbs replicas and links at the moment: outlives a replica's restart, and ends by time. */
export class ActiveDisturbances {
  /** By name of replica, then by place. */
  readonly #active = new Map<string, Map<string, Active>>()

  /** Begins a disturbance, in place of the one that is there. `forMs` null: for ever. Resolves when it works. */
  async begin(
    handle: ReplicaHandle,
    { replica, place }: DisturbedPlace,
    disturbance: Disturbance,
    forMs: number | null,
  ) {
    const places = this.#active.get(replica) ?? new Map<string, Active>()
    clearTimeout(places.get(place)?.timer)
    const end = (): void => {
      places.delete(place)
      handle.tell({ type: 'disturb', place, disturbance: null })
    }
    const timer = forMs === null ? undefined : setTimeout(end, forMs)
    timer?.unref()
    this.#active.set(replica, places.set(place, { disturbance, timer }))
    // One that is just not there hears of it when it comes back.
    if (handle.state !== 'ready') return
    try {
      await handle.ask({ type: 'disturb', place, disturbance })
    } catch (error) {
      clearTimeout(timer)
      if (places.get(place)?.timer === timer) places.delete(place)
      throw error
    }
  }

  /** Tells a replica that has just been started what disturbs it. */
  resume(handle: ReplicaHandle): void {
    for (const [place, { disturbance }] of this.#active.get(handle.plan.replica) ?? []) {
      // One that has become another meanwhile may have nothing to disturb any more.
      handle.ask({ type: 'disturb', place, disturbance }).catch(() => {})
    }
  }
}
