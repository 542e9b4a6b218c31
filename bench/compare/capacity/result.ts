import type { LoadEnvironment } from '../../load/result.ts'
import type { Scaling } from './scaling.ts'
import type { Capacity } from './search.ts'

/** What `archlab capacity` gives: `result.json`, and what the report is drawn from. */
export interface CapacityResult {
  readonly format: 'archlab-capacity/1'
  readonly name: string
  readonly workload: string
  readonly seed: number
  readonly environment: LoadEnvironment
  readonly expectations: readonly string[]
  /** `null` for a scaling curve. */
  readonly capacity: Capacity | null
  /** `null` for a search. */
  readonly scaling: Scaling | null
  /** What the curve is over: `users`, or a path of the topology. */
  readonly over: string | null
}
