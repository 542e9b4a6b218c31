/** One way to run the gateway: a row of the table. */
export interface Variant {
  readonly name: string
  readonly what: string
  /** Patches of the topology, as `--set` takes them. */
  readonly patches: readonly string[]
}

const WELL = 'components.hanging.hangs=false'
const UNPROTECTED = 'components.gateway.routes.1.tactics.*=off'

/** What every other row is compared with. */
export const NORMAL = 'normal'

/** Every variant, in the order of the table. */
export const variants: readonly Variant[] = [
  { name: NORMAL, what: 'nothing hangs, no tactics on the routes', patches: [WELL, UNPROTECTED] },
  { name: 'normal, with tactics', what: 'nothing hangs, the tactics stand by', patches: [WELL] },
  { name: 'hanging', what: 'one backend hangs, no tactics on the routes', patches: [UNPROTECTED] },
  { name: 'hanging, with tactics', what: 'one backend hangs, the tactics act', patches: [] },
]

/** A bound for how the healthy route's p99 of one row compares with the normal one. */
export interface Aim {
  readonly row: string
  /** The ratio must be at most this, or above it. */
  readonly bound: number
  readonly side: 'at most' | 'above'
}

export const aims: readonly Aim[] = [
  { row: 'normal, with tactics', side: 'at most', bound: 2 },
  { row: 'hanging', side: 'above', bound: 2 },
  { row: 'hanging, with tactics', side: 'at most', bound: 2 },
]
