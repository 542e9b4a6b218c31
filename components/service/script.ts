import type { Distribution, HeaderBlock, Match } from '@archlab/runtime/kit'

/** What one endpoint does, as it was written: checked, units read, nothing bound to a replica yet. */
export interface EndpointScript {
  readonly match: Match
  readonly steps: readonly StepScript[]
}

/** A message's content: a JSON text, or so many bytes of filling; empty when there is neither. */
export interface Content {
  readonly headers: HeaderBlock
  readonly body: string | { readonly bytes: number }
}

/** Which resource work takes: none (it waits), or CPU time of the replica's thread. */
export type Resource = 'sleep' | 'cpu'

/** One step; `chance` is the probability that it happens, 0..1. */
export type StepScript = WorkScript | CallScript | ParallelScript | FailScript | RespondScript

export interface WorkScript {
  readonly type: 'work'
  readonly chance: number
  readonly resource: Resource
  readonly demand: Distribution
}

export interface CallScript {
  readonly type: 'call'
  readonly chance: number
  /** Of a link. */
  readonly name: string
  readonly method: string
  readonly path: string
  readonly query: string
  readonly content: Content
}

export interface ParallelScript {
  readonly type: 'parallel'
  readonly chance: number
  readonly branches: readonly (readonly StepScript[])[]
}

export interface FailScript {
  readonly type: 'fail'
  readonly chance: number
  readonly probability: number
  readonly status: number
}

export interface RespondScript {
  readonly type: 'respond'
  readonly chance: number
  readonly status: number
  readonly content: Content
}

/** The kinds of steps, which are the keys that name them. */
export const STEP_TYPES = ['work', 'call', 'parallel', 'fail', 'respond'] as const

/** Where a `script` stands: it answers every method and path. */
export const EVERYTHING: Match = { method: '*', path: '/*' }

/** Most steps of a component, those in branches included. */
export const STEPS_MAX = 2000
/** Most endpoints of a component. */
export const ENDPOINTS_MAX = 200
/** How deep groups may stand in groups. */
export const DEPTH_MAX = 8
/** Most bytes of filling of one component: distinct sizes are made once and kept. */
export const FILLING_BYTES_MAX = 64 * 1024 * 1024
