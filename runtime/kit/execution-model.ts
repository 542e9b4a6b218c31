import type { Distribution } from './distribution.ts'

/**
 * What one request makes a component do, as data: `archlab graph` computes executions and critical paths from it, and
 * `archlab predict` reads it as a queueing model. Declared by `model` of a component's definition.
 */
export interface EndpointModel {
  /** Which requests it is about, as in a route: `GET /data`, `/*`. */
  readonly match: string
  readonly steps: readonly StepModel[]
}

/** One step of an endpoint. Steps follow one another; `chance` is the probability that it happens, 1 when left out. */
export type StepModel = { readonly chance?: number } & (
  | WorkModel
  | {
      readonly type: 'call'
      readonly link: string
      readonly method: string
      readonly path: string
      /** What the component answers when the call fails; what the callee answered when left out. */
      readonly failure?: number
    }
  | { readonly type: 'parallel'; readonly branches: readonly (readonly StepModel[])[] }
  /** The request ends here: well, or with an error of this status. */
  | { readonly type: 'end'; readonly status?: number }
)

/** Work that takes time. */
export interface WorkModel {
  readonly type: 'work'
  readonly meanMs: number
  /** How the time is distributed; left out where only the mean is known. */
  readonly time?: Distribution
  /** Who does it: for `sleep` nobody ever waits, `cpu` is one server for each replica, first come, first served. */
  readonly resource: 'sleep' | 'cpu' | ServersModel
  /** True for work that is done after the reply. */
  readonly background?: true
}

/** Servers that each replica has for its work, and the line before them. */
export interface ServersModel {
  /** Infinity when nobody ever waits. */
  readonly servers: number
  /** How many may wait; the others are refused with 503. Infinity without a limit. */
  readonly queue: number
  readonly discipline: 'fifo' | 'lifo' | 'random' | 'priority' | 'processor-sharing'
  /** Whether a request is still served when its caller has given up. */
  readonly servesAbandoned: boolean
}

/** How much a component keeps for those who call it. Declared by `room` of a component's definition. */
export interface RoomModel {
  /** Entries kept at most: the one that nobody has asked for the longest makes room. `null` where the kind cannot know. */
  readonly entries: number | null
  /** Whether all replicas share what is kept; else each has that much room for itself. */
  readonly shared: boolean
}

/**
 * What a tactic does to the requests that pass it, as data. Declared by `model` of a tactic's definition, outermost first; a tactic without
 * it counts as not there, and the prediction says so.
 */
export type TacticEffect =
  /**
   * Refuses with `status` what is above a rate. `sliding-window`: at most `max` in any stretch of `perMs`; `fixed-window`: in each of
   * those into which time is cut; `bucket`: `max` tokens come per `perMs` and at most `burst` are kept. `keyed`: for each client apart.
   */
  | {
      readonly type: 'limit'
      readonly shape: 'sliding-window' | 'fixed-window' | 'bucket'
      readonly max: number
      readonly perMs: number
      readonly burst: number
      readonly status: number
      readonly keyed: boolean
    }
  /** Answers from kept replies. */
  | {
      readonly type: 'keep'
      readonly ttlMs: number
      /** Entries kept at most in own memory; a store has the room that its kind declares. */
      readonly entries: number
      /** Name of the one entry for all requests; `null` for one for each request. */
      readonly key: string | null
      /**
       * The setting that names the component which holds the entries, and how it is asked; `null` for own memory of each replica. What
       * is not found is written to the replica that was asked for it.
       */
      readonly store: { readonly setting: string; readonly read: string; readonly write: string } | null
      /** Others pass by. */
      readonly methods: readonly string[]
    }
  /** Asks the component that a setting names before it lets a request pass. `failure` is answered when that fails. */
  | {
      readonly type: 'ask'
      readonly setting: string
      readonly method: string
      readonly path: string
      readonly failure: number
    }
  /** Answers 504 what takes longer. */
  | { readonly type: 'timeout'; readonly afterMs: number }
  /** Tries again what failed with one of the statuses, after a wait of so long on average before each further try. */
  | {
      readonly type: 'repeat'
      readonly attempts: number
      /** Retries per first try at most. */
      readonly budgetRatio: number
      readonly waitsMs: readonly number[]
      readonly repeats: (status: number) => boolean
      readonly methods: readonly string[]
    }
  /** Holds up a share of the requests. */
  | { readonly type: 'delay'; readonly chance: number; readonly time: Distribution }
  /** Fails a share of the requests. */
  | { readonly type: 'fail'; readonly chance: number; readonly status: number }
  /** Answers in place of failures with one of the statuses. */
  | { readonly type: 'substitute'; readonly replaces: (status: number) => boolean }
  /** Sends requests with one of the methods to the component that a setting names instead. */
  | { readonly type: 'divert'; readonly setting: string; readonly methods: readonly string[] }
  /** Has no effect that theory can tell, and why. */
  | { readonly type: 'unmodelled'; readonly why: string }
