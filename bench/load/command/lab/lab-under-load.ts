import type { LabEvent, LabStatus } from '@archlab/runtime/lab'
import type { Topology } from '@archlab/runtime/topology'

/** A lab that a load is put on: one that was started for it, or one that was running. */
export interface LabUnderLoad {
  readonly topology: Topology
  /** Started for this run: its counts begin with it. */
  readonly isFresh: boolean
  /** Counts of every component. Rejects when the lab does not answer. */
  status(): Promise<LabStatus>
  /** The last counts: of a fresh lab after it has been closed, of another one when nothing is under way any more. */
  finish(): Promise<LabStatus>
  /** What happened to it so far, also after `finish`; left out where nobody can tell. */
  events?(): Promise<readonly LabEvent[]>
  /** What went wrong with the lab as a whole meanwhile; `null` when nothing did. */
  failure(): string | null
}
