import type { MessagePort } from 'node:worker_threads'
import type { Distribution, Fixed, Reply, Request, WireError } from './kit/index.ts'
import type { LatencySummary, MeterNames } from './meters/index.ts'
import type { LinkSpec, RouteSpec, TacticSpec } from './topology/topology.ts'

/*
 * Everything that supervisor, host and replica say to each other. Plans travel down, reports travel up; requests between
 * replicas have their own wire (replica/link/channel-wire.ts).
 */

// ---- plans: a topology with everything decided -------------------------------------------------------------------

/** What one host process has to run. */
export interface HostPlan {
  readonly lab: string
  readonly replicas: readonly ReplicaPlan[]
  /** Every replica is in exactly one of them. */
  readonly threads: readonly ThreadPlan[]
  /** Component names in the order of starting: leaves of the link graph first; one level starts at once. */
  readonly levels: readonly (readonly string[])[]
  /** Where replicas are that another process runs; links reach them over HTTP. */
  readonly elsewhere?: Readonly<Record<string, string>>
}

/** What a process runs on its main thread: see inline/main.ts. */
export interface InlinePlan {
  readonly replicas: readonly ReplicaPlan[]
  /** Addresses of all replicas that these call, by name. */
  readonly origins: Readonly<Record<string, string>>
  /** Written when all of them serve; holds the id of the process. */
  readonly readyFile: string
}

/** A worker thread, and who lives in it. */
export interface ThreadPlan {
  /** Its only replica's name, or `thread-N` for one that is there for several. */
  readonly thread: string
  /** Names of replicas, in the order of the plan. */
  readonly replicas: readonly string[]
  /** Most bytes of its heap; `null` for Node's default. */
  readonly heapLimitBytes: number | null
  /** After so long a silence it is ended and started again; `null` for never. */
  readonly hangLimitMs: number | null
}

/** What one replica is. */
export interface ReplicaPlan {
  readonly replica: string
  readonly component: string
  readonly index: number
  readonly replicas: number
  readonly kind: string
  readonly module: string
  readonly settings: Readonly<Record<string, unknown>>
  readonly prepared: unknown
  /** What cannot change while it runs; see `ComponentDefinition`. */
  readonly fixed: readonly Fixed[]
  readonly transparent: boolean
  readonly meters: MeterNames
  readonly listen: readonly ListenPlan[]
  /** By which requests on the wire show that a link of this lab sent them. */
  readonly linkToken: string
  /** `links`: requests without the token are refused. */
  readonly access: 'anyone' | 'links'
  readonly bodyLimitBytes: number
  readonly drainTimeoutMs: number
  readonly tactics: readonly TacticPlan[]
  readonly links: readonly LinkPlan[]
  readonly routes: readonly RouteSpec[]
  readonly seed: string
  /** Folder of the topology file; paths in settings start there. */
  readonly folder: string
}

export interface ListenPlan {
  readonly host: string
  /** 0 for a private port that the system chooses. */
  readonly port: number
  /** Other replicas may listen on the same port. */
  readonly shared: boolean
  /** Where `http` links reach this replica. */
  readonly direct: boolean
}

export interface TacticPlan extends TacticSpec {
  readonly links: readonly LinkPlan[]
  readonly meters: MeterNames
  /** Bytes shared by all replicas of the component; 0 when `scope: replica`. */
  readonly sharedBytes: number
}

/** What every link counts. */
export const LINK_METERS = {
  counters: ['calls', 'failures', 'timeouts', 'unavailable', 'ejections', 'panics'],
  gauges: ['up', 'fit'],
} as const

export interface LinkPlan extends LinkSpec {
  readonly tactics: readonly TacticPlan[]
  readonly targets: readonly TargetPlan[]
  readonly published: unknown
}

export interface TargetPlan {
  readonly replica: string
  readonly component: string
  readonly weight: number
  readonly transport: 'channel' | 'http'
  /** Sent over HTTP where the target wants to know that a link calls. */
  readonly linkToken: string
  readonly access: 'anyone' | 'links'
  /** The replica's declared address, for redirects; `null` without a listener. */
  readonly address: string | null
}

/** Every link of a replica: its own, and those of tactics, at any depth. */
export function allLinks(plan: ReplicaPlan): LinkPlan[] {
  const withInner = (link: LinkPlan): LinkPlan[] => [link, ...link.tactics.flatMap(ofTactic)]
  const ofTactic = (tactic: TacticPlan): LinkPlan[] => tactic.links.flatMap(withInner)
  return [...plan.links.flatMap(withInner), ...plan.tactics.flatMap(ofTactic)]
}

/** Every tactic of a replica: inbound, and on any of its links. */
export function allTactics(plan: ReplicaPlan): TacticPlan[] {
  return [...plan.tactics, ...allLinks(plan).flatMap(link => link.tactics)]
}

// ---- host <-> thread -----------------------------------------------------------------------------------------------

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
  /** Disturbs requests to the replica (its component's name), or calls of one of its links (an address); `null` no more. */
  | { type: 'disturb'; place: string; disturbance: Disturbance | null }
  /** Becomes what this says between two requests; what stays the same keeps its state. `up` is whom it can call in addition. */
  | { type: 'edit'; birth: ReplicaBirth; up: readonly Connection[] }
  /** Ends its thread by its own code. */
  | { type: 'fail'; how: 'exit' | 'throw' }
  /** Computes without pause; `null` for ever. */
  | { type: 'spin'; forMs: number | null }
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
  /** It has heard that it is to close: its thread is alive. */
  | { type: 'closing' }
  | { type: 'closed' }

/** What an operation does to requests on their way. At one place the latest one holds. */
export type Disturbance =
  /** Every request waits that much longer. */
  | { readonly type: 'slow'; readonly by: Distribution }
  /** A share of the calls waits, is answered with a status, or gets lost when neither is given. */
  | { readonly type: 'fault'; readonly ratio: number; readonly status: number | null; readonly by: Distribution | null }
  /** Nobody is up. */
  | { readonly type: 'partition' }

export type LogLevel = 'info' | 'warn' | 'error'

// ---- supervisor <-> host -------------------------------------------------------------------------------------------

export type ToHost =
  | { type: 'start'; plan: HostPlan }
  | { type: 'snapshot'; id: number }
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

/** What a host does to its replicas when it is told to; see `Operation`. Replicas are named. */
export type HostOrder =
  | { readonly type: 'kill'; readonly replicas: readonly string[] }
  | { readonly type: 'fail'; readonly replicas: readonly string[]; readonly how: 'exit' | 'throw' }
  | { readonly type: 'spin'; readonly replicas: readonly string[]; readonly forMs: number | null }
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

/** A replica's requests (its component's name), or the calls of one of its links (an address). */
export interface DisturbedPlace {
  readonly replica: string
  readonly place: string
}

export type FromHost =
  | { type: 'ready' }
  | { type: 'failed'; error: WireError }
  | { type: 'state'; replica: string; state: ReplicaState; error?: WireError }
  | { type: 'log'; component: string; replica: string; level: LogLevel; event: string; fields: Record<string, unknown> }
  | { type: 'snapshot'; id: number; snapshot: Snapshot }
  /** An order has been carried out, or not. */
  | { type: 'done'; id: number; error?: WireError }
  | { type: 'profiled'; id: number; threads: readonly ThreadProfile[] }
  | { type: 'injected'; id: number; outcome: InjectedReply | WireError }
  | { type: 'closed'; snapshot: Snapshot }

export type ReplicaState = 'created' | 'starting' | 'ready' | 'draining' | 'drained' | 'closed' | 'failed'

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
  readonly latency: LatencySummary
  /** Histogram slots, so that replicas can be added up. */
  readonly histogram: Float64Array
  readonly counters: Readonly<Record<string, number>>
  readonly gauges: Readonly<Record<string, number>>
  readonly tactics: readonly TacticSnapshot[]
  readonly links: readonly LinkSnapshot[]
  /** Share of time its thread's event loop was busy since the last snapshot, 0..1: the same for all who live there. */
  readonly utilisation: number
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
