import type { MessagePort } from 'node:worker_threads'
import type { Distribution, WireError } from '../kit/index.ts'
import type { ReplicaPlan } from './plans.ts'

/* What a host and its worker threads say to each other. */

/** Given to a worker thread at its creation. */
export interface ThreadBirth {
  readonly replicas: readonly ReplicaBirth[]
}

/** What a replica is made of. */
export interface ReplicaBirth {
  readonly plan: ReplicaPlan
  readonly traffic: SharedArrayBuffer
  /** By address of tactic or link; the component's own under its name. */
  readonly meters: Readonly<Record<string, SharedArrayBuffer>>
  /** State of tactics with `scope: component`, by tactic address. */
  readonly shared: Readonly<Record<string, SharedArrayBuffer>>
}

export type ToThread =
  /** Takes another replica in, or one of the same name again. */
  | { type: 'open'; birth: ReplicaBirth }
  /** With an `id` the replica says when it is done. */
  | { type: 'tell'; replica: string; message: ToReplica; id?: number }
  /** Asks for a `pong`: a thread that computes without pause gives none. */
  | { type: 'ping' }
  /** Ends at once, as in a crash. */
  | { type: 'die' }
  /** Nobody lives in the thread any more. */
  | { type: 'end' }
  | { type: 'profile'; id: number; order: ProfileOrder }

/** Begins or ends recording what a thread does. */
export type ProfileOrder =
  | {
      readonly action: 'start'
      readonly of: 'cpu' | 'heap'
      /** Mean distance of samples: microseconds for `cpu`, bytes allocated for `heap`. */
      readonly interval: number
      /** Nothing is recorded any more after so long, whether or not it is asked for. */
      readonly forMs: number
    }
  /** Writes what was recorded, as V8's `.cpuprofile` or `.heapprofile`. */
  | { readonly action: 'stop'; readonly file: string }

export type FromThread =
  | { type: 'profiled'; id: number; error?: WireError }
  | { type: 'loaded' }
  | { type: 'pong' }
  | { type: 'told'; replica: string; message: FromReplica }

export type ToReplica =
  | ({ type: 'target-up' } & Connection)
  /** It is about to close: no more calls, but those under way may end. */
  | { type: 'target-leaving'; replica: string }
  | { type: 'target-down'; replica: string }
  | { type: 'caller'; port: MessagePort }
  | { type: 'start' }
  /** Takes no new connections; done when everything that somebody waits for is answered, or the drain time is over. */
  | { type: 'drain' }
  /** Takes connections again after `drain`. */
  | { type: 'undrain' }
  | { type: 'close' }
  /** Disturbs a place of the replica, see `DisturbedPlace`; `null` no more. */
  | { type: 'disturb'; place: string; disturbance: Disturbance | null }
  /** Becomes what this says between two requests; what stays the same keeps its state. `up` is whom it can call in addition. */
  | { type: 'edit'; birth: ReplicaBirth; up: readonly Connection[] }
  /**
   * Begins anew as what this says, with nothing of what it was but its thread, its listeners and its connections; requests
   * wait meanwhile where there cannot be two of it at once.
   */
  | { type: 'renew'; birth: ReplicaBirth; up: readonly Connection[] }
  /** Its callers know where it is reached since it was renewed: closes the listeners that it is not to have any more. */
  | { type: 'settle' }
  /** Ends its thread by its own code. */
  | { type: 'fail'; how: 'exit' | 'throw' }
  /** Computes without pause; `null` for ever. */
  | { type: 'spin'; forMs: number | null }
  /** Takes memory of the heap; `null` until it ends. */
  | { type: 'leak'; leak: Leak; forMs: number | null }
  /** Ends at once, whatever it is doing; nothing more is heard of it. */
  | { type: 'abandon' }

/** A way to call a replica. */
export interface Connection {
  readonly replica: string
  readonly via: { readonly port: MessagePort } | { readonly origin: string }
}

export type FromReplica =
  | { type: 'ready'; origin: string | null }
  | { type: 'log'; level: LogLevel; event: string; fields: Record<string, unknown> }
  | { type: 'failed'; error: WireError }
  /** What was told with this `id` is done, or failed. */
  | { type: 'done'; id: number; error?: WireError }
  /** It could not be renewed, nor be made again as it was: it refuses every request. */
  | { type: 'bereft' }
  /** It has heard that it is to close: its thread is alive. */
  | { type: 'closing' }
  | { type: 'closed' }

/** Memory that is taken again and again, and kept. */
export interface Leak {
  readonly sizeBytes: number
  readonly everyMs: number
}

/** What an operation does to requests on their way, or to files. At one place the latest one holds. */
export type Disturbance =
  /** Every request waits that much longer. */
  | { readonly type: 'slow'; readonly by: Distribution }
  /** A share of the calls waits, is answered with a status, or gets lost when neither is given. */
  | { readonly type: 'fault'; readonly ratio: number; readonly status: number | null; readonly by: Distribution | null }
  /** A share of the requests to a replica is never answered. */
  | { readonly type: 'drop'; readonly ratio: number }
  /** A share of the replies has other bytes than were sent. */
  | { readonly type: 'corrupt'; readonly ratio: number }
  /** Nobody is up. */
  | { readonly type: 'partition' }
  /** Nothing more can be written. */
  | { readonly type: 'disk-full' }

export type LogLevel = 'info' | 'warn' | 'error'
