import type { LoadResult } from '../load/result.ts'
import type { RunCost } from './result.ts'

/** What one load on one lab of its own gave. */
export interface LabRun {
  readonly result: LoadResult
  readonly cost: RunCost
  /** Why the lab as a whole failed; `null` when it did not. */
  readonly failure: string | null
}
