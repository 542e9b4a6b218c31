import type { Clock } from '../../kit/index.ts'
import { type HealthCheckPlan, HealthChecks } from './health-checks.ts'
import { type OutlierLimits, Outliers } from './outliers.ts'
import type { Target } from './target.ts'

/** Who may be picked, and when. */
export interface RotationPlan {
  /** Names in the order of the topology, to begin with. */
  readonly order: readonly string[]
  readonly outliers: OutlierLimits
  readonly healthCheck: HealthCheckPlan | null
  /** When fewer than this share of the targets are fit, all are used again: better a try than none. */
  readonly panicRatio: number
}

/** What a rotation tells its link. */
export interface RotationEvents {
  /** A target was ejected for its failures. */
  ejected(): void
  /** Too few targets are fit: all of them are in use. */
  panicked(): void
  /** Targets that are up, and those of them that are fit. */
  sized(up: number, fit: number): void
}

/** The targets of a link that are up, less those that fail or are not well. */
export class Rotation {
  readonly #plan: RotationPlan
  readonly #clock: Clock
  readonly #events: RotationEvents
  readonly #outliers: Outliers
  readonly #health: HealthChecks | null
  readonly #up = new Map<string, Target>()
  #candidates: readonly Target[] = []
  /** Since when those that are fit have been so. */
  #fitSinceMs: ReadonlyMap<string, number> = new Map()
  #order: readonly string[]
  #panics = false
  #isCut = false

  constructor(plan: RotationPlan, clock: Clock, events: RotationEvents) {
    this.#plan = plan
    this.#order = plan.order
    this.#clock = clock
    this.#events = events
    this.#outliers = new Outliers(plan.outliers)
    this.#health = plan.healthCheck && new HealthChecks(plan.healthCheck, clock, () => this.#refresh())
  }

  /** Those to pick from; the same array as long as nothing changes. */
  candidates(nowMs: number): readonly Target[] {
    if (this.#outliers.release(nowMs) > 0) this.#refresh()
    return this.#candidates
  }

  /** Since when a target that is fit has been so without a break, on the clock. */
  joinedAtMs(replica: string): number | undefined {
    return this.#fitSinceMs.get(replica)
  }

  /** A target is up; nothing changes where it has been. */
  add(...targets: readonly Target[]): void {
    const added = targets.filter(target => this.#up.get(target.replica) !== target)
    for (const target of added) {
      this.#up.set(target.replica, target)
      this.#health?.add(target)
    }
    if (added.length > 0) this.#refresh()
  }

  remove(replica: string): void {
    this.#up.delete(replica)
    this.#health?.remove(replica)
    this.#outliers.forget(replica)
    this.#refresh()
  }

  /** Another order, with other names. */
  reorder(order: readonly string[]): void {
    this.#order = order
    this.#refresh()
  }

  /** While it is cut no target is up. */
  cut(isCut: boolean): void {
    if (isCut === this.#isCut) return
    this.#isCut = isCut
    this.#refresh()
  }

  /** A target has replied, well or not. */
  observe(replica: string, failed: boolean, nowMs: number): void {
    if (!this.#outliers.observe(replica, failed, nowMs, this.#up.size)) return
    this.#events.ejected()
    this.#refresh()
  }

  close(): void {
    this.#health?.close()
  }

  #refresh(): void {
    // In the order of the plan, so that round robin and ties do not depend on which replica came up first.
    const up = this.#isCut ? [] : this.#order.flatMap(replica => this.#up.get(replica) ?? [])
    const fit = up.filter(({ replica }) => !this.#outliers.isOut(replica) && (this.#health?.isHealthy(replica) ?? true))
    const nowMs = this.#clock.nowMs()
    this.#fitSinceMs = new Map(fit.map(({ replica }) => [replica, this.#fitSinceMs.get(replica) ?? nowMs]))
    const panics = fit.length < this.#plan.panicRatio * up.length
    if (panics && !this.#panics) this.#events.panicked()
    this.#panics = panics
    this.#candidates = panics ? up : fit
    this.#events.sized(up.length, fit.length)
  }
}
