import type { LabPlan } from './topology.ts'

/** One thing that grows while everything else stays as it is. */
export interface Dimension {
  readonly name: string
  readonly what: string
  /** Its sizes, ascending. */
  readonly sizes: readonly number[]
  /** What the slope is counted by, e.g. `hop`; `null` where the cost does not follow a line, so that a slope says nothing. */
  readonly per: string | null
  /** The lab at this size. */
  lab(size: number): LabPlan
  /** Connections of the load at this size; default those of the plan. */
  connections?(size: number): number
}

const HOPS = [1, 2, 3, 5, 7, 10]
const KILOBYTE = 1024

/** Everything that the benchmark lets grow. */
export const dimensions: readonly Dimension[] = [
  {
    name: 'hops',
    what: 'load balancers in a row before a component, transport channel',
    sizes: HOPS,
    per: 'hop',
    lab: hops => ({ hops }),
  },
  {
    name: 'hops-http',
    what: 'the same, transport http',
    sizes: HOPS,
    per: 'hop',
    lab: hops => ({ hops, transport: 'http' }),
  },
  {
    name: 'tactics',
    what: 'rate-limit (token-bucket) so many times before a component asked directly',
    sizes: [0, 1, 2, 4, 7, 10],
    per: 'tactic',
    lab: tactics => ({ tactics }),
  },
  {
    name: 'replicas',
    what: 'replicas of a component behind one load balancer',
    sizes: [1, 2, 4, 6, 8],
    per: 'replica',
    lab: replicas => ({ hops: 1, replicas }),
  },
  {
    name: 'body',
    what: 'kB of the answer, through one load balancer',
    sizes: [0, 1, 4, 16, 32, 64],
    per: 'kB',
    lab: size => ({ hops: 1, bodyBytes: size * KILOBYTE }),
  },
  {
    name: 'connections',
    what: 'connections of the load, through one load balancer',
    sizes: [1, 8, 32, 128, 512],
    // More connections bring more messages for each wake-up of a thread: the cost falls, and not along a line.
    per: null,
    lab: () => ({ hops: 1 }),
    connections: size => size,
  },
]
