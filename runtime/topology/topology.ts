import type { Match } from '../kit/index.ts'
import type { ExperimentSpec } from './experiment-spec.ts'
import type { ScenarioSpec } from './scenario-spec.ts'
import type { WorkloadSpec } from './workload-spec.ts'

/**
 * A checked topology: names resolved, defaults filled in, immutable and JSON-serialisable. Settings keep the YAML words
 * and units (`ttl: 30s`), so that `/topology` reads like the file; modules decode them when they are created.
 */
export interface Topology {
  readonly name: string
  /** Absolute path of the file; relative module and data paths start from its folder. */
  readonly file: string
  readonly seed: number
  /** Most worker threads that replicas share, or a thread for each replica. */
  readonly threads: 'per-replica' | number
  /** In the order of the file. */
  readonly components: Readonly<Record<string, ComponentSpec>>
  readonly workloads: Readonly<Record<string, WorkloadSpec>>
  readonly scenarios: Readonly<Record<string, ScenarioSpec>>
  readonly experiments: Readonly<Record<string, ExperimentSpec>>
  /** JSON pointers (RFC 6901) of the values that must not be shown; `redact` replaces them. */
  readonly secrets: readonly string[]
}

export interface ComponentSpec {
  readonly name: string
  readonly kind: string
  /** URL of the module that defines the kind. */
  readonly module: string
  /** How many run: at first, where the lab decides. */
  readonly replicas: number
  /** Between which bounds the lab decides how many run; `null` for a fixed number. */
  readonly autoscaling: AutoscalingSpec | null
  readonly listen: ListenSpec | null
  readonly settings: Readonly<Record<string, unknown>>
  /** Inbound tactics, outermost first. */
  readonly tactics: readonly TacticSpec[]
  /** Every link of the component: inline (`to`), named, and one per route. */
  readonly links: readonly LinkSpec[]
  readonly routes: readonly RouteSpec[]
  /** `links`: only links of this topology may call it, also through its port. */
  readonly access: 'anyone' | 'links'
  /** Largest request body, in bytes; larger ones are answered 413. */
  readonly bodyLimitBytes: number
  readonly limits: ListenerLimits
  /** How long requests in flight may take at close. */
  readonly drainTimeoutMs: number
  /** After its thread has been silent for so long it counts as hung; `null` for never. */
  readonly hangLimitMs: number | null
  readonly resources: ResourcesSpec
  /** `process`: its replicas run in a host process of their own. */
  readonly isolation: 'thread' | 'process'
}

/** What a replica's listeners take from those who are no links of the lab; the rest is refused and counted. */
export interface ListenerLimits {
  /** Connections at once, those of links among them; another one is answered 503. */
  readonly connections: number
  /** Bytes of names and values of all header fields; more is answered 431. */
  readonly headerBytes: number
  /** Bytes of path and query; more is answered 414. */
  readonly urlBytes: number
  /** From the end of the head to the end of the body, of every request; later it is answered 408. */
  readonly bodyTimeoutMs: number
}

/** How a lab decides on the number of replicas: Kubernetes' horizontal pod autoscaling. */
export interface AutoscalingSpec {
  readonly min: number
  readonly max: number
  /** From `min` to `max`. */
  readonly initial: number
  /** Busy share of the replicas' threads that is aimed at, 0.01..1. */
  readonly targetRatio: number
  /** Share of the target, 0..0.9, by which the figure may be off without a change. */
  readonly toleranceRatio: number
  /** Of so long the highest recommendation counts when replicas are to be taken away. */
  readonly stabilisationMs: number
  readonly intervalMs: number
}

/**
 * What each replica is to have and may use, as Kubernetes means it. The lab enforces the memory limit, as one of the heap
 * of the replica's thread; the rest is on record for an export.
 */
export interface ResourcesSpec {
  /** What it is sure to get; equal to the limit where only that is given. */
  readonly requests: ResourceAmounts
  readonly limits: ResourceAmounts
}

export interface ResourceAmounts {
  /** `null` where nothing is said. */
  readonly memoryBytes: number | null
  /** In cores: 0.5 is half of one's time. `null` where nothing is said. */
  readonly cpuCores: number | null
}

export interface ListenSpec {
  readonly host: string
  /** One port shared by all replicas (`shared`), or one for each. */
  readonly ports: readonly number[]
  readonly shared: boolean
}

export interface TacticSpec {
  readonly name: string
  /** Where it stands, e.g. `components.gateway.tactics.rate-limit`; unique. */
  readonly address: string
  readonly module: string
  readonly settings: Readonly<Record<string, unknown>>
  /** Only requests that match; the others pass it by. */
  readonly match: Match | null
  readonly scope: 'replica' | 'component'
  readonly reportOnly: boolean
  /** Settings that name a component, as links; the link's name is the setting's. */
  readonly links: readonly LinkSpec[]
}

export type Transport = 'auto' | 'channel' | 'http'

export interface LinkSpec {
  /** `to` for an inline link, the name in `links:`, `routes.N` for a route, the setting's name in a tactic. */
  readonly name: string
  /** Unique, e.g. `components.gateway.routes.1`. */
  readonly address: string
  /** Target components; the policy balances over all their replicas. */
  readonly to: readonly string[]
  readonly policy: PolicySpec
  readonly transport: Transport
  /** How long the share of a target that has just come rises; 0 when it has its full share at once. */
  readonly slowStartMs: number
  readonly timeoutMs: number
  /** When targets that fail are left out for a while. */
  readonly outliers: OutlierSpec
  /** How targets are asked whether they are well; `null` when they are not. */
  readonly healthCheck: HealthCheckSpec | null
  /** When fewer than this share of the targets are fit, all are used again, 0..1. */
  readonly panicRatio: number
  /** Replaces the path of every call. */
  readonly path: string | null
  readonly tactics: readonly TacticSpec[]
}

export interface OutlierSpec {
  /** Failures in a row that eject a target; 0 for never. */
  readonly failures: number
  readonly ejectionMs: number
  readonly intervalMs: number
  readonly maxEjectedRatio: number
}

export interface HealthCheckSpec {
  readonly path: string
  readonly intervalMs: number
  readonly timeoutMs: number
  readonly unhealthyAfter: number
  readonly healthyAfter: number
}

/**
 * `policy: random`, with settings `policy: { peak-ewma: { decay: 5s } }`, or with weights by component
 * `policy: { weighted-round-robin: { a: 5, b: 1 } }`.
 */
export interface PolicySpec {
  readonly name: string
  /** Settings of the policy, defaults filled in. */
  readonly settings: Readonly<Record<string, unknown>>
  /** Weight of each replica of a component, by component name; 1 where absent. */
  readonly weights: Readonly<Record<string, number>>
}

export interface RouteSpec {
  readonly match: Match
  /** Name of the link behind it. */
  readonly link: string
  /** Replaces status and body of a 2xx reply; other header fields stay, and without `json` the body does too. */
  readonly reply: { readonly status: number; readonly json?: unknown } | null
}
