import type { Balancer, Candidate } from '../../balancing/policy.ts'
import type { Clock, Request } from '../../kit/index.ts'

/** The least weight of a target that has just come, as a share of its full weight; Envoy's default. */
const LEAST = 0.1
/** Calls that a target may have saved up, at most. */
const CREDIT_MAX = 2
/** What sums of shares may be off. */
const ROUNDING = 1e-9

export interface SlowStartOptions {
  /** How long it takes until a target has its full share. */
  readonly windowMs: number
  readonly clock: Clock
  /** The policy, and another one of the same kind that chooses among those that have been there longer. */
  readonly balancer: Balancer
  readonly spare: Balancer
  /** Since when a target can be picked, on the clock; `undefined` for ever. */
  joinedAtMs(replica: string): number | undefined
  weightOf(replica: string): number
}

/**
 * A policy under which a target that has just come, or come back, gets a share of the calls that rises evenly with time, from a
 * tenth to the whole of what its weight gives it (as `slow_start_config` of Envoy with aggression 1; nginx: `slow_start`). The policy
 * picks; of the picks of such a target no more count than its share of all calls so far, and each of the others goes to a target that
 * has been there longer. So the limit holds for every policy, also for those that would send an idle target everything.
 */
export class SlowStart implements Balancer {
  readonly #options: SlowStartOptions
  readonly #credits = new Map<string, number>()
  #known: readonly Candidate[] = []
  /** From when on all of the known candidates have their full share. */
  #warmAtMs = Number.NEGATIVE_INFINITY

  constructor(options: SlowStartOptions) {
    this.#options = options
  }

  pick<C extends Candidate>(candidates: readonly C[], request: Request): C {
    const { clock, balancer, spare } = this.#options
    const nowMs = clock.nowMs()
    if (candidates !== this.#known) this.#look(candidates)
    if (nowMs >= this.#warmAtMs) return balancer.pick(candidates, request)
    const settled = candidates.filter(({ replica }) => this.#warmth(replica, nowMs) === 1)
    // Where all have just come there is nobody to take their calls.
    if (settled.length === 0) return balancer.pick(candidates, request)
    this.#earn(candidates, nowMs)
    const chosen = balancer.pick(candidates, request)
    return settled.includes(chosen) || this.#pays(chosen.replica) ? chosen : spare.pick(settled, request)
  }

  observe(replica: string, latencyMs: number): void {
    this.#options.balancer.observe?.(replica, latencyMs)
    this.#options.spare.observe?.(replica, latencyMs)
  }

  forget(replica: string): void {
    this.#credits.delete(replica)
    this.#options.balancer.forget?.(replica)
    this.#options.spare.forget?.(replica)
  }

  #look(candidates: readonly Candidate[]): void {
    this.#known = candidates
    const { windowMs, joinedAtMs } = this.#options
    const joined = candidates.map(({ replica }) => joinedAtMs(replica) ?? Number.NEGATIVE_INFINITY)
    this.#warmAtMs = Math.max(...joined) + windowMs
  }

  /** Which part of its weight a target has now, up to 1. */
  #warmth(replica: string, nowMs: number): number {
    const { windowMs, joinedAtMs } = this.#options
    const sinceMs = joinedAtMs(replica)
    return sinceMs === undefined ? 1 : Math.min(1, Math.max(LEAST, (nowMs - sinceMs) / windowMs))
  }

  /** Each target that has just come gets its share of one call more. */
  #earn(candidates: readonly Candidate[], nowMs: number): void {
    const { weightOf } = this.#options
    const weights = candidates.map(({ replica }) => weightOf(replica) * this.#warmth(replica, nowMs))
    const total = weights.reduce((sum, weight) => sum + weight, 0)
    for (const [at, { replica }] of candidates.entries()) {
      if (this.#warmth(replica, nowMs) === 1) continue
      const credit = (this.#credits.get(replica) ?? 0) + weights[at]! / total
      this.#credits.set(replica, Math.min(credit, CREDIT_MAX))
    }
  }

  #pays(replica: string): boolean {
    const credit = this.#credits.get(replica) ?? 0
    if (credit < 1 - ROUNDING) return false
    this.#credits.set(replica, credit - 1)
    return true
  }
}
