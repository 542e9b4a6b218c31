import type { Distribution } from '../kit/index.ts'

/**
 * Something that is done to a lab while it works: from `environment:` of a scenario, or by a command on a running lab. Live
 * labs carry it out for real, the simulation carries out what it can model. JSON-serialisable.
 */
export type Operation =
  /** The replica's thread ends at once, as in a crash; it is restarted as after any death. */
  | { readonly action: 'kill'; readonly target: ReplicaTarget }
  /** The replica's own code ends its thread (`process.exit`), or throws what nobody catches. */
  | { readonly action: 'exit' | 'throw'; readonly target: ReplicaTarget }
  /** The replica's thread computes without pause; `null` until somebody ends it. */
  | { readonly action: 'hang'; readonly target: ReplicaTarget; readonly forMs: number | null }
  /** The replica takes memory of its thread's heap, piece by piece, until the time is over or the replica ends. */
  | {
      readonly action: 'leak'
      readonly target: ReplicaTarget
      readonly sizeBytes: number
      readonly everyMs: number
      readonly forMs: number | null
    }
  /** What the replica writes to its files fails as on a full disk; it can read them. */
  | { readonly action: 'disk-full'; readonly target: ReplicaTarget; readonly forMs: number | null }
  /** Every request to the replica, or to all of the component, waits that much longer before it is handled. */
  | {
      readonly action: 'slow'
      readonly target: ReplicaTarget
      readonly by: Distribution
      readonly forMs: number | null
    }
  /** Calls of a link fail by chance before they are sent, get lost, or wait. `null` status: no reply until the timeout. */
  | {
      readonly action: 'fault'
      readonly target: LinkTarget
      readonly ratio: number
      readonly status: number | null
      readonly by: Distribution | null
      readonly forMs: number | null
    }
  /** Messages get lost: a share of a link's calls, or of the requests to one replica, is never answered. */
  | {
      readonly action: 'drop'
      readonly target: LinkTarget | ReplicaTarget
      readonly ratio: number
      readonly forMs: number | null
    }
  /** A share of the replies that come over a link has other bytes in its body than were sent. */
  | {
      readonly action: 'corrupt'
      readonly target: LinkTarget
      readonly ratio: number
      readonly forMs: number | null
    }
  /** No call of the link reaches its targets; it finds nobody up. */
  | { readonly action: 'partition'; readonly target: LinkTarget; readonly forMs: number | null }
  /** Closes and starts replicas one after the other, each drained before. */
  | { readonly action: 'restart'; readonly target: ReplicaTarget }
  /** Nobody calls the replica any more and it takes no connections, until `undrain`; what is under way is answered. */
  | { readonly action: 'drain' | 'undrain'; readonly target: ReplicaTarget }
  /** Patches of the topology, in the grammar of variants. */
  | { readonly action: 'edit'; readonly patches: Readonly<Record<string, unknown>> }

/** `component/index`, or a component's name for all of its replicas. */
export type ReplicaTarget = string

/** Address of a link, e.g. `components.gateway.routes.1`, or a caller's name for all of its links. */
export type LinkTarget = string

/** An operation and its time, from the first intended arrival of the run, warm-up included. */
export interface EnvironmentEvent {
  readonly atMs: number
  readonly operation: Operation
}
