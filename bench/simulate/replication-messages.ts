import type { EnvironmentEvent, Topology } from '@archlab/runtime/topology'
import type { LoadPlan } from '../load/command/plan/load-plan.ts'
import type { SimulatedRun } from './result.ts'
import type { RunProgress } from './run.ts'

/** What every replication has in common, as data: it travels to threads. */
export interface ReplicationSetup {
  readonly plan: LoadPlan
  readonly topology: Topology
  readonly environment: readonly EnvironmentEvent[]
  readonly edits: readonly Topology[]
  readonly hopCostMs: number
  readonly hopTimeMs: number
  readonly latenciesMax: number
}

/** What a thread is told. */
export type ToThread = { readonly type: 'run'; readonly replication: number } | { readonly type: 'stop' }

/** What a thread tells. */
export type FromThread =
  | { readonly type: 'progress'; readonly replication: number; readonly progress: RunProgress }
  /** An operation of the environment was not carried out. */
  | { readonly type: 'undone'; readonly what: string }
  | { readonly type: 'done'; readonly replication: number; readonly run: SimulatedRun }
  | { readonly type: 'failed'; readonly replication: number }

/** Words for an operation that was not carried out. */
export const undoneText = (atMs: number, action: string, error: Error): string =>
  `${action} at ${atMs / 1000} s: ${error.message}`
