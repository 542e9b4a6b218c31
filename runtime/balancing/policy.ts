import type { Clock, Decoded, Random, Request, Settings } from '../kit/index.ts'

/** A replica that may be picked. */
export interface Candidate {
  /** `component/index`. */
  readonly replica: string
  readonly component: string
  /** Calls sent to it and not yet answered. */
  readonly inFlight: number
}

/** A policy at work for one link of one replica. */
export interface Balancer {
  /**
   * Picks one of the candidates; there is at least one. The same array means the same candidates: what a policy works out
   * from them may be kept until another array comes.
   */
  pick<C extends Candidate>(candidates: readonly C[], request: Request): C
  /** Hears what became of a call. Absent where the policy does not learn. */
  observe?(replica: string, latencyMs: number): void
  /** The replica is gone: forget what was learned of it. */
  forget?(replica: string): void
}

export interface PolicyContext<S extends Settings = Settings> {
  readonly settings: Decoded<S>
  readonly clock: Clock
  readonly random: Random
  /** Declared weight of a replica's component; 1 where none is. */
  weightOf(replica: string): number
}

/** A way to spread requests over replicas. */
// biome-ignore lint/suspicious/noExplicitAny: only with any does a definition with any settings fit the general type
export interface PolicyDefinition<S extends Settings = any> {
  name: string
  /** One line: what it does. */
  summary: string
  /** A few sentences more, for `explain`. */
  about?: string
  /** Takes weights by component: `policy: { name: { a: 5, b: 1 } }`; then it has no settings. */
  weighted?: true
  /** Where a call goes follows from the request: the share of a target cannot be chosen. */
  keyed?: true
  /** Whether calls of the same path go to the same target, as long as targets neither come nor go; absent for a policy that never does so. */
  byPath?(settings: Decoded<S>): boolean
  settings: S
  /** YAML of the policy, as it stands in a link. */
  example: string
  create(context: PolicyContext<S>): Balancer
}

/** Declares a policy. */
export function definePolicy<const S extends Settings>(definition: PolicyDefinition<S>): PolicyDefinition<S> {
  return Object.freeze(definition)
}
