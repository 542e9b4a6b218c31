import type { ConnectionCounts, LatencySummary } from '../meters/index.ts'

/* All counts of a host at one moment. */

export type ReplicaState =
  | 'created'
  | 'starting'
  | 'ready'
  | 'draining'
  | 'drained'
  /** Its thread does not listen, and nobody calls it any more. */
  | 'hung'
  | 'closed'
  /** It has died, and waits to be started again. */
  | 'failed'
  /** The same, for the third time in a row or more. */
  | 'crash-looping'

/** All counts of a host at one moment. */
export type Snapshot = readonly ReplicaSnapshot[]

export interface ReplicaSnapshot {
  readonly replica: string
  readonly component: string
  readonly kind: string
  readonly state: ReplicaState
  readonly restarts: number
  /** The thread it lives in. */
  readonly thread: string
  readonly statuses: Readonly<Record<string, number>>
  readonly received: number
  readonly abandoned: number
  readonly faults: number
  /** What its server refused before the component saw it, by reason. */
  readonly refused: Readonly<Record<string, number>>
  readonly connections: ConnectionCounts
  readonly latency: LatencySummary
  /** Histogram slots, so that replicas can be added up. */
  readonly histogram: Float64Array
  readonly counters: Readonly<Record<string, number>>
  readonly gauges: Readonly<Record<string, number>>
  readonly tactics: readonly TacticSnapshot[]
  readonly links: readonly LinkSnapshot[]
  /** Share of time its thread's event loop was busy since the last snapshot, 0..1: the same for all who live there. */
  readonly utilisation: number
  /** What its thread's heap holds, with its buffers and with garbage, in bytes; `null` while it does not run. */
  readonly heapBytes: number | null
}

export interface LinkSnapshot {
  readonly address: string
  readonly to: readonly string[]
  readonly counters: Readonly<Record<string, number>>
  readonly gauges: Readonly<Record<string, number>>
}

export interface TacticSnapshot {
  readonly address: string
  readonly name: string
  readonly counters: Readonly<Record<string, number>>
  readonly gauges: Readonly<Record<string, number>>
}
