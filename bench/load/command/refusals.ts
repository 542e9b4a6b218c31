import { refusalsOf } from '../../report/reading/refusals.ts'
import type { LabComponentResult, Timeline } from '../result.ts'

/** How often one mechanism refused or failed requests by itself. */
export interface RefusalCount {
  readonly component: string
  /** Name of the tactic, or of the link. */
  readonly mechanism: string
  /** What it did, as the middle of a sentence: `refused`. */
  readonly verb: string
  readonly count: number
}

type Decisions = Pick<LabComponentResult, 'decisions'>

/** Who refuses or fails requests, those who do it most first; what a refusal is, the report decides. */
export function refusalCounts(components: Readonly<Record<string, Decisions>>): RefusalCount[] {
  const timeline: Pick<Timeline, 'stepMs' | 'components'> = { stepMs: 1000, components: {} }
  return refusalsOf({ timeline }, { components }, null)
    .map(({ component, mechanism, verb, count }) => ({ component, mechanism, verb, count }))
    .sort((left, right) => right.count - left.count)
}
