import type { Reply, Request, WireError } from '../kit/index.ts'
import type { HostPlan } from './plans.ts'
import type { ReplicaState, Snapshot } from './snapshot.ts'
import type { Disturbance, Leak, LogLevel, ProfileOrder } from './thread.ts'

/* What the supervisor and a host process say to each other. */

export type ToHost =
  | { type: 'start'; plan: HostPlan }
  | { type: 'snapshot'; id: number }
  /** Asks for a `pong`. */
  | { type: 'ping' }
  /** All callers in other hosts have heard of it. */
  | { type: 'peered'; id: number }
  | { type: 'order'; id: number; order: HostOrder }
  | { type: 'profile'; id: number; order: ProfileRequest }
  /** Puts a request into a replica. */
  | { type: 'inject'; id: number; replica: string; request: InjectedRequest }
  | { type: 'close' }

/** A request that somebody puts into a running lab by hand. */
export type InjectedRequest = Pick<Request, 'method' | 'path' | 'query' | 'headers' | 'body'>

/** What came of it; `timing` has all hops. */
export interface InjectedReply extends Pick<Reply, 'replica' | 'status' | 'headers' | 'body' | 'timing'> {
  readonly traceparent: string
  readonly durationMs: number
}

/** Begins recording all threads in which one of the replicas lives, or all at all; ends all that are being recorded. */
export type ProfileRequest =
  | (Extract<ProfileOrder, { action: 'start' }> & { readonly replicas: readonly string[] | null })
  | { readonly action: 'stop'; readonly folder: string }

/** What became of the profile of one thread. */
export interface ThreadProfile {
  readonly thread: string
  /** Who lives in it. */
  readonly replicas: readonly string[]
  /** Where the profile is, once it has ended; else `null`. */
  readonly file: string | null
  readonly error?: WireError
}

/** What callers have to know of a replica that another host runs, and that they reach over HTTP. */
export type PeerNews =
  | { readonly type: 'up'; readonly replica: string; readonly origin: string }
  /** It is about to close. */
  | { readonly type: 'leaving'; readonly replica: string }
  | { readonly type: 'down'; readonly replica: string }

/** What a host does to its replicas when it is told to; see `Operation`. Replicas are named. */
export type HostOrder =
  /** Something has become of replicas that another host runs. */
  | { readonly type: 'peer'; readonly replicas: readonly string[]; readonly news: PeerNews }
  | { readonly type: 'kill'; readonly replicas: readonly string[] }
  | { readonly type: 'fail'; readonly replicas: readonly string[]; readonly how: 'exit' | 'throw' }
  | { readonly type: 'spin'; readonly replicas: readonly string[]; readonly forMs: number | null }
  | {
      readonly type: 'leak'
      readonly replicas: readonly string[]
      readonly leak: Leak
      readonly forMs: number | null
    }
  | {
      readonly type: 'disturb'
      readonly at: readonly DisturbedPlace[]
      readonly disturbance: Disturbance
      readonly forMs: number | null
    }
  | { readonly type: 'restart'; readonly replicas: readonly string[] }
  | { readonly type: 'drain'; readonly replicas: readonly string[] }
  | { readonly type: 'undrain'; readonly replicas: readonly string[] }
  | { readonly type: 'edit'; readonly plan: HostPlan; readonly steps: EditSteps }

/** What becomes of replicas when a lab is edited, by name. Who is nowhere stays as it is. */
export interface EditSteps {
  /** Become what they are to be in place, between two requests. */
  readonly change: readonly string[]
  /** Are drained, closed and started as what they are to be. */
  readonly restart: readonly string[]
  readonly start: readonly string[]
  readonly stop: readonly string[]
  /** Those of `restart` and `stop` on whose ports others wait. */
  readonly stopFirst: readonly string[]
}

/** A replica's requests (its component's name), its files (`files`), or the calls of one of its links (an address). */
export interface DisturbedPlace {
  readonly replica: string
  readonly place: string
}

export type FromHost =
  | { type: 'ready' }
  | { type: 'pong' }
  /** Callers in other hosts have to hear of a replica. */
  | { type: 'peer'; id: number; news: PeerNews }
  | { type: 'failed'; error: WireError }
  | { type: 'state'; replica: string; state: ReplicaState; error?: WireError }
  | { type: 'log'; component: string; replica: string; level: LogLevel; event: string; fields: Record<string, unknown> }
  | { type: 'snapshot'; id: number; snapshot: Snapshot }
  /** An order has been carried out, or not. */
  | { type: 'done'; id: number; error?: WireError }
  | { type: 'profiled'; id: number; threads: readonly ThreadProfile[] }
  | { type: 'injected'; id: number; outcome: InjectedReply | WireError }
  | { type: 'closed'; snapshot: Snapshot }
