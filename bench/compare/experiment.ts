import type { LoadResult } from '../load/result.ts'
import { judgeMeasures } from './judge.ts'
import type { LabRun } from './lab-run.ts'
import type { CompareRun, MeasureResult } from './result.ts'
import { type Readings, recordOf } from './run-record.ts'
import { blockOf, type Turn } from './schedule.ts'
import { ALPHA } from './statistics/judge-shift.ts'
import { alphaOfLook, LOOKS } from './statistics/looks.ts'

/** An experiment that is to be made. */
export interface ExperimentPlan extends Readings {
  readonly arms: readonly string[]
  /** Runs of each arm; `auto`: until there is an answer. */
  readonly runs: number | 'auto'
  readonly seed: number
}

/** What carries it out. */
export interface Laboratory {
  /** Makes a lab for one run, puts the load on it and closes it; `null` when somebody ended it before its load began. */
  run(turn: Turn): Promise<LabRun | null>
  /** Told before each run. */
  began(turn: Turn, done: Progress): void
  /** Told after it. */
  ended(run: CompareRun, result: LoadResult): void
  readonly stop: AbortSignal
}

/** How far an experiment is. */
export interface Progress {
  /** Runs that have been made, invalid ones included. */
  readonly made: number
  /** Runs still to be made, as far as is known; with `auto` up to the next look. */
  readonly left: number
}

export interface ExperimentRuns {
  /** All, in the order of time. */
  readonly runs: readonly CompareRun[]
  /** Whole blocks of runs that can be used. */
  readonly blocks: number
  readonly alpha: number
  readonly end: ExperimentEnd
}

export type ExperimentEnd =
  /** All declared runs were made, or all that `auto` may make. */
  | { readonly type: 'done' }
  /** `auto` has an answer to every measure. */
  | { readonly type: 'answered' }
  | { readonly type: 'stopped' }
  /** A lab could not be made, or its load. */
  | { readonly type: 'failed'; readonly message: string }
  /** A run was invalid again and again. */
  | { readonly type: 'invalid'; readonly run: CompareRun }

/** A run that is invalid is made so many times in all. */
export const ATTEMPTS = 5

/** Makes the runs of an experiment, block by block. */
export async function makeRuns(plan: ExperimentPlan, lab: Laboratory): Promise<ExperimentRuns> {
  const made: CompareRun[] = []
  const looks = plan.runs === 'auto' ? LOOKS : [plan.runs]
  const alpha = plan.runs === 'auto' ? alphaOfLook(ALPHA) : ALPHA
  let blocks = 0
  const ended = (end: ExperimentEnd): ExperimentRuns => ({ runs: made, blocks, alpha, end })
  for (const look of looks) {
    while (blocks < look) {
      const left = (look - blocks) * plan.arms.length
      const end = await makeBlock(plan, lab, made, { block: blocks + 1, left })
      if (end) return ended(end)
      blocks += 1
    }
    const used = made.filter(run => run.used)
    const measures = judgeMeasures({ arms: plan.arms, runs: used, paired: true, alpha }, plan.measures)
    if (plan.runs === 'auto' && measures.every(isAnswered)) return ended({ type: 'answered' })
  }
  return ended({ type: 'done' })
}

const isAnswered = ({ comparisons }: MeasureResult): boolean =>
  comparisons.every(({ verdict }) => verdict !== 'inconclusive')

async function makeBlock(
  plan: ExperimentPlan,
  lab: Laboratory,
  made: CompareRun[],
  { block, left }: { block: number; left: number },
): Promise<ExperimentEnd | null> {
  for (const [at, turn] of blockOf(plan.arms, block, plan.seed).entries()) {
    for (let attempt = 1; ; attempt++) {
      if (lab.stop.aborted) return { type: 'stopped' }
      lab.began(turn, { made: made.length, left: left - at })
      let outcome: LabRun | null
      try {
        outcome = await lab.run(turn)
      } catch (error) {
        // What the first run cannot do is told as it is; later the runs so far are worth more.
        if (made.length === 0) throw error
        return { type: 'failed', message: `The lab of ${turn.arm} failed: ${(error as Error).message}.` }
      }
      if (!outcome) return { type: 'stopped' }
      const run = recordOf({ arm: turn.arm, block, attempt }, outcome, plan)
      made.push(run)
      lab.ended(run, outcome.result)
      if (run.used) break
      if (lab.stop.aborted) return { type: 'stopped' }
      if (attempt === ATTEMPTS) return { type: 'invalid', run }
    }
  }
  return null
}
