import type { Distribution } from '../kit/index.ts'

/**
 * A checked workload: how requests arrive, and what they ask. JSON-serialisable; durations in milliseconds, rates per
 * second. Made from an entry of `workloads:`, or from the options of `archlab load`.
 */
export interface WorkloadSpec {
  readonly name: string
  /** Where requests go: a component with a port, or the base address of any HTTP/1.1 server. */
  readonly target: { readonly entry: string } | { readonly url: string }
  readonly arrivals: ArrivalSpec
  /** How long arrivals are made; `null` when a number of requests ends the run. */
  readonly durationMs: number | null
  /** Requests whose arrival falls into it are sent, counted and reported apart. */
  readonly warmupMs: number
  readonly login: LoginSpec | null
  readonly requests: readonly RequestSpec[]
  /** How long a client waits for its reply, from its intended start in an open loop, from the send in a closed one. */
  readonly timeoutMs: number
  readonly overload: OverloadSpec
}

/** `process` says how arrivals of a changing rate lie in time: at random (Poisson), or evenly. */
export type ArrivalSpec =
  | { readonly type: 'constant'; readonly perSecond: number }
  | { readonly type: 'poisson'; readonly perSecond: number }
  | { readonly type: 'ramp'; readonly process: ArrivalProcess; readonly from: number; readonly to: number }
  | { readonly type: 'stages'; readonly process: ArrivalProcess; readonly stages: readonly StageSpec[] }
  | {
      readonly type: 'bursts'
      readonly process: ArrivalProcess
      readonly onPerSecond: number
      readonly offPerSecond: number
      readonly on: Distribution
      readonly off: Distribution
    }
  /** Arrival times or rates read from a CSV file, relative to the topology's folder. */
  | { readonly type: 'trace'; readonly file: string; readonly process: ArrivalProcess }
  | ClosedLoopSpec

export type ArrivalProcess = 'poisson' | 'constant'

/** A linear change of the rate from `from` to `to`, arrivals per second. */
export interface StageSpec {
  readonly from: number
  readonly to: number
  readonly durationMs: number
}

/** Users that send, wait for the reply, think, and send again. */
export interface ClosedLoopSpec {
  readonly type: 'closed'
  readonly users: number
  readonly think: Distribution
  /** Users that start per second; `null` for all at once. */
  readonly spawnPerSecond: number | null
  /** Requests of one user; `null` for no limit. */
  readonly iterations: number | null
}

export interface LoginSpec {
  readonly request: RequestTarget
  readonly json: unknown
  readonly headers: Readonly<Record<string, string>>
  /** Field of the JSON reply that holds the token; it is sent as `Authorization: Bearer TOKEN`. */
  readonly token: string
  /** Whether one login serves all, or every user of a closed loop has its own. */
  readonly per: 'run' | 'user'
}

export interface RequestTarget {
  readonly method: string
  /** Path and query; `{name}` stands for a value of `keys`. */
  readonly path: string
}

export interface RequestSpec {
  /** As in reports, e.g. `GET /data`. */
  readonly name: string
  readonly request: RequestTarget
  /** Share among the requests, relative to the others. */
  readonly weight: number
  /** Exactly so many, one entry of the list after the other; `null` when chance and weight decide. All or none have it. */
  readonly count: number | null
  readonly headers: Readonly<Record<string, string>>
  readonly json: unknown
  /** The body as it is, instead of `json`; from a command line only. */
  readonly text?: string
  /** Body bytes instead of `json`; 0 for none. */
  readonly bodyBytes: number
  readonly keys: Readonly<Record<string, KeySpec>>
}

/** Values 0 to `count` - 1; with `zipf` the k-th most popular one has a share proportional to 1/k^zipf. */
export interface KeySpec {
  readonly count: number
  /** 0 for uniform. */
  readonly zipf: number
}

/** What becomes of an arrival when `inFlightMax` requests are under way already. */
export interface OverloadSpec {
  /** Connections, and requests under way. */
  readonly inFlightMax: number
  /** `queue`: it is sent later, its latency counts from its intended start; `drop`: it is counted and never sent. */
  readonly policy: 'queue' | 'drop'
}
