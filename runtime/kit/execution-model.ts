/**
 * What one request makes a component do, as data: `archlab graph` computes executions and critical paths from it, and
 * queueing models read it. Declared by `model` of a component's definition.
 */
export interface EndpointModel {
  /** Which requests it is about, as in a route: `GET /data`, `/*`. */
  readonly match: string
  readonly steps: readonly StepModel[]
}

/** One step of an endpoint. Steps follow one another; `chance` is the probability that it happens, 1 when left out. */
export type StepModel = { readonly chance?: number } & (
  | { readonly type: 'work'; readonly meanMs: number; readonly resource: 'sleep' | 'cpu' }
  | { readonly type: 'call'; readonly link: string; readonly method: string; readonly path: string }
  | { readonly type: 'parallel'; readonly branches: readonly (readonly StepModel[])[] }
  | { readonly type: 'end' }
)
