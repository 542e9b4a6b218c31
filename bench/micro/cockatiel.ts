import { importPeer, peerInstalled } from '../support/peers.ts'

export const COCKATIEL = 'cockatiel'

/** A policy of cockatiel: runs a function under its protection. */
export interface Policy {
  execute(work: () => unknown): Promise<unknown>
}

/** The part of cockatiel that is measured. */
export interface Cockatiel {
  readonly handleAll: object
  readonly TimeoutStrategy: { readonly Cooperative: string; readonly Aggressive: string }
  readonly SamplingBreaker: new (options: { threshold: number; duration: number; minimumRps: number }) => object
  readonly CountBreaker: new (options: { threshold: number; size: number; minimumNumberOfCalls: number }) => object
  readonly ConsecutiveBreaker: new (failures: number) => object
  readonly ExponentialBackoff: new (options: { initialDelay: number; maxDelay: number }) => object
  circuitBreaker(handled: object, options: { halfOpenAfter: number; breaker: object }): Policy
  timeout(afterMs: number, how: string | { strategy: string; abortOnReturn: boolean }): Policy
  retry(handled: object, options: { maxAttempts: number; backoff: object }): Policy
  bulkhead(limit: number, queue: number): Policy
}

/** Why cockatiel cannot be measured, if so. */
export const cockatielMissing = missing(COCKATIEL)

/** What `create` makes with cockatiel; nothing where it is not installed. */
export function withCockatiel<T>(create: (cockatiel: Cockatiel) => T[]): T[] {
  return cockatielMissing === undefined ? create(importPeer<Cockatiel>(COCKATIEL)) : []
}

/** Why a peer cannot be measured, if so. */
export function missing(name: string): string | undefined {
  return peerInstalled(name) ? undefined : `${name} is not installed (npm ci --prefix bench/peers)`
}
