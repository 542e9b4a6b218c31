import { ALPHA, judgeShifts, type ShiftJudgement } from '../statistics/judge-shift.ts'
import { alphaOfLook, LOOKS } from '../statistics/looks.ts'
import { cautiousDeviation, deviationOf, runsToDetect, runsToEquate } from '../statistics/power.ts'
import { measuredP95, type Queue, relaxationOf, slower } from './queue-run.ts'

/** Relaxation times that a run lasts: enough for a p95, few enough for runs to differ as real ones do. */
const RELAXATIONS = 50
const MARGIN = Math.log(1.05)
const PILOT_RUNS = 10

/** A simulated experiment in which the p95 of the second arm is `ratio` times that of the first. */
export interface Trial {
  readonly load: number
  readonly ratio: number
  readonly seed: string
}

/** Logarithms of p95 of both arms, block by block. */
function runsOf({ load, ratio, seed }: Trial, runs: number, from = 0): { before: number[]; after: number[] } {
  const queue: Queue = { load, slowness: 1 }
  const requests = RELAXATIONS * relaxationOf(queue)
  const p95 = (arm: Queue, name: string, block: number): number =>
    Math.log(measuredP95(arm, requests, { arrivals: `${seed} ${block}`, services: `${seed} ${block} ${name}` }))
  const blocks = Array.from({ length: runs }, (_, at) => from + at)
  return {
    before: blocks.map(block => p95(queue, 'before', block)),
    after: blocks.map(block => p95(slower(queue, ratio), 'after', block)),
  }
}

const judged = (values: { before: number[]; after: number[] }, alpha: number): ShiftJudgement =>
  judgeShifts([{ paired: true, ...values, margin: MARGIN }], alpha)[0]!

/** An experiment with a fixed number of runs. */
export function fixedTrial(trial: Trial, runs: number): { found: boolean; covered: boolean } {
  const { p, interval } = judged(runsOf(trial, runs), ALPHA)
  const truth = Math.log(trial.ratio)
  return { found: p! <= ALPHA, covered: interval !== null && interval[0] <= truth && truth <= interval[1] }
}

/** A pilot says how many runs it takes to find the change, or to show that it lies within 5 %; fresh runs then do, or do not. */
export function plannedTrial(trial: Trial, goal: 'detect' | 'equate'): { runs: number | null; success: boolean } {
  const pilot = runsOf({ ...trial, seed: `${trial.seed} pilot` }, PILOT_RUNS)
  const differences = pilot.after.map((value, at) => value - pilot.before[at]!)
  const deviation = cautiousDeviation(deviationOf(differences), PILOT_RUNS)
  const precision = { deviation, alpha: ALPHA }
  const shift = Math.log(trial.ratio)
  const runs = goal === 'detect' ? runsToDetect(shift, precision) : runsToEquate(MARGIN, shift, precision)
  if (runs === null) return { runs, success: false }
  const { p, pOutsideAdjusted } = judged(runsOf(trial, runs), ALPHA)
  return { runs, success: (goal === 'detect' ? p! : pOutsideAdjusted!) <= ALPHA }
}

/** An experiment with `--runs auto`: looks after 10, 14, ... runs, and ends at the first that has an answer. */
export function sequentialTrial(trial: Trial): { runs: number; found: boolean; covered: boolean } {
  const truth = Math.log(trial.ratio)
  const values: { before: number[]; after: number[] } = { before: [], after: [] }
  let last = { runs: 0, found: false, covered: true }
  for (const runs of LOOKS) {
    const more = runsOf(trial, runs - values.before.length, values.before.length)
    values.before.push(...more.before)
    values.after.push(...more.after)
    const { finding, interval, p } = judged(values, alphaOfLook(ALPHA))
    const covered = interval === null || (interval[0] <= truth && truth <= interval[1])
    last = { runs, found: p! <= alphaOfLook(ALPHA), covered }
    if (finding !== 'inconclusive') break
  }
  return last
}
