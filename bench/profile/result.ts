import type { Environment } from '../support/results.ts'
import type { ModulePlace } from './places.ts'
import type { HotRow, ShareRow } from './shares.ts'

/** What is recorded: time, or allocations. */
export type Recorded = 'cpu' | 'heap'

/** The content of `result.json` of a profile. */
export interface ProfileResult {
  readonly command: 'profile'
  /** Name of the topology, and of the workload where there was one. */
  readonly name: string
  readonly of: Recorded
  /** Mean distance of samples: microseconds, or bytes. */
  readonly interval: number
  readonly environment: Environment
  readonly topologyHash: string
  readonly seed: number
  /** Why it was recorded. */
  readonly reason: 'workload' | 'attached' | 'saturation'
  /** From its first thread's start to the end. */
  readonly windowMs: number
  /** Requests that the workload's entry took in meanwhile; `null` when nobody knows the entry. */
  readonly requests: number | null
  readonly threads: readonly RecordedThread[]
  readonly shares: readonly ShareRow[]
  readonly hottest: readonly HotRow[]
  /** Who owns which code, so that the profiles can be read again. */
  readonly modules: readonly ModulePlace[]
  /** What the load says of itself; `null` when it was not ours. */
  readonly load: LoadFigures | null
}

export interface RecordedThread {
  readonly thread: string
  readonly replicas: readonly string[]
  /** Its component, or its own name when several components share it. */
  readonly component: string
  /** V8's profile, in the folder of the result. */
  readonly file: string
  /** Microseconds it was busy, or bytes it allocated. */
  readonly amount: number
}

export interface LoadFigures {
  readonly verdict: string
  readonly requestsPerSecond: number
  readonly p50Ms: number | null
  readonly p99Ms: number | null
}
