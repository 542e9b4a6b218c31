import type { AutoscalingSpec } from '../../topology/topology.ts'

/** Why a number of replicas is what it is. */
export type Reason =
  /** No replica has been ready for all of the time since the last look. */
  | 'no-figures'
  /** Replicas without a figure might be what is missing, or what is too much. */
  | 'replicas-without-figures'
  /** The figure is as near to its target as it has to be. */
  | 'within-tolerance'
  /** The formula gives the number that there is. */
  | 'as-desired'
  /** The number that the formula gives, larger than before. */
  | 'above-target'
  /** The number that the formula gives, or the highest of the stabilisation window, smaller than before. */
  | 'below-target'
  /** The formula gave a number as high as this, or higher, within the stabilisation window. */
  | 'stabilising'
  /** No more are added at once. */
  | 'step-limit'
  /** The most that there may be. */
  | 'at-max'
  /** The fewest that there may be. */
  | 'at-min'

/** One look at a component and what follows from it. JSON-serialisable. */
export interface Decision {
  readonly from: number
  /** Equal to `from` when nothing is to change. */
  readonly to: number
  /** Mean over the replicas that have a figure, 0..1; `null` when none has. */
  readonly utilisation: number | null
  readonly targetUtilisation: number
  /** Replicas without a figure. */
  readonly unknown: number
  /** What the formula gives, before stabilisation and limits. */
  readonly desired: number
  readonly reason: Reason
}

/** A look at a component. */
export interface Look {
  readonly nowMs: number
  /**
   * The figure of every replica that is to run, 0..1; `null` for one that has none, because it starts, closes or has died. Their
   * number is the present number of replicas.
   */
  readonly utilisations: readonly (number | null)[]
}

/** So many replicas there may always be after one step, */
const STEP_MIN = 4
/** or so many times as many as before. */
const STEP_FACTOR = 2

/** Quotients of decimal fractions miss whole numbers by less than this. */
const EPSILON = 1e-9

/**
 * Decides how many replicas a component is to have, by the algorithm of Kubernetes' HorizontalPodAutoscaler (Kubernetes
 * documentation, "Horizontal Pod Autoscaling", section "Algorithm details"):
 *
 * - desired = ceil(replicas × mean utilisation / target); no change while that quotient is within the tolerance of 1.
 * - Replicas without a figure count as idle when the others ask for more, and as on target when they ask for less; when that
 *   turns the direction round, or brings the quotient within the tolerance, nothing changes.
 * - A larger number is taken at once, but at most max(4, twice the present) in one step; a smaller one only down to the highest
 *   that was desired within the stabilisation window. The number that it begins with counts as desired at that moment.
 * - Never outside of `min` and `max`.
 */
export class Autoscaler {
  readonly #spec: AutoscalingSpec
  /** What was desired, oldest first; only those that no later one equals or exceeds, so their numbers fall. */
  #desired: { readonly atMs: number; readonly replicas: number }[] = []

  /** Begins at `nowMs` with so many replicas. */
  constructor(spec: AutoscalingSpec, replicas: number, nowMs: number) {
    this.#spec = spec
    this.#remember(nowMs, replicas)
  }

  decide({ nowMs, utilisations }: Look): Decision {
    const from = utilisations.length
    const wish = this.#wish(utilisations)
    this.#remember(nowMs, wish.desired)
    const figures = { from, targetUtilisation: this.#spec.targetRatio, unknown: from - known(utilisations).length }
    return { ...figures, utilisation: mean(known(utilisations)), ...wish, ...this.#settle(from, wish) }
  }

  /** What the formula says. */
  #wish(utilisations: readonly (number | null)[]): { desired: number; reason: Reason } {
    const { targetRatio } = this.#spec
    const now = utilisations.length
    const figures = known(utilisations)
    if (figures.length === 0) return { desired: now, reason: 'no-figures' }
    const seen = mean(figures)! / targetRatio
    const assumed = seen > 1 ? 0 : targetRatio
    const quotient = mean(utilisations.map(one => one ?? assumed))! / targetRatio
    const isNear = (value: number): boolean => Math.abs(value - 1) <= this.#spec.toleranceRatio + EPSILON
    if (isNear(seen)) return { desired: now, reason: 'within-tolerance' }
    if (isNear(quotient) || quotient > 1 !== seen > 1) return { desired: now, reason: 'replicas-without-figures' }
    const desired = Math.ceil(now * quotient - EPSILON)
    if (desired === now) return { desired, reason: 'as-desired' }
    return { desired, reason: desired > now ? 'above-target' : 'below-target' }
  }

  /** What becomes of it after stabilisation and limits. */
  #settle(from: number, wish: { desired: number; reason: Reason }): { to: number; reason: Reason } {
    const { min, max } = this.#spec
    const highest = this.#desired[0]!.replicas
    const stable = wish.desired > from ? wish.desired : Math.min(from, highest)
    const step = Math.max(STEP_MIN, STEP_FACTOR * from)
    if (Math.min(stable, step) > max) return { to: max, reason: 'at-max' }
    if (stable > step) return { to: step, reason: 'step-limit' }
    if (stable < min) return { to: min, reason: 'at-min' }
    return { to: stable, reason: stable === from && wish.desired < from ? 'stabilising' : wish.reason }
  }

  #remember(nowMs: number, replicas: number): void {
    const sinceMs = nowMs - this.#spec.stabilisationMs
    this.#desired = this.#desired.filter(one => one.atMs >= sinceMs && one.replicas > replicas)
    this.#desired.push({ atMs: nowMs, replicas })
  }
}

const known = (figures: readonly (number | null)[]): number[] => figures.filter(one => one !== null)

const mean = (figures: readonly number[]): number | null =>
  figures.length === 0 ? null : figures.reduce((sum, one) => sum + one, 0) / figures.length
