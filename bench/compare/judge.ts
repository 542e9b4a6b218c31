import type { CompareRun, Comparison, Estimate, MeasureResult, QuantileShift, Verdict } from './result.ts'
import { scaleOf } from './scale.ts'
import { type ArmValues, judgeShifts, type ShiftJudgement } from './statistics/judge-shift.ts'
import { pairedShift, type ShiftTest, unpairedShift } from './statistics/shift-test.ts'

type Measure = MeasureResult['measure']

/** Runs to be compared. */
export interface Judged {
  /** The first is what the others are compared with. */
  readonly arms: readonly string[]
  /** Only those that are used; of each block one of each arm when they are paired. */
  readonly runs: readonly CompareRun[]
  readonly paired: boolean
  readonly alpha: number
}

/** Reads one figure of a run; `null` when it has none. */
type Read = (run: CompareRun, measure: Measure) => number | null

const byExpression: Read = (run, { expression }) => run.values[expression] ?? null

/** Compares every arm with the first by every measure; all verdicts together keep the error rate. */
export function judgeMeasures(judged: Judged, measures: readonly Measure[], read = byExpression): MeasureResult[] {
  const [first, ...others] = judged.arms as [string, ...string[]]
  const cells = measures.flatMap(measure =>
    others.map(arm => ({ measure, arm, ...pairsOf(judged, first, arm, measure, read) })),
  )
  const judgements = judgeShifts(
    cells.map(({ shifts }) => shifts),
    judged.alpha,
  )
  return measures.map((measure): MeasureResult => {
    const { expression, unit, better, margin } = measure
    const comparisons = cells.flatMap((cell, at) =>
      cell.measure === measure ? [comparisonOf(cell, judgements[at]!, judged)] : [],
    )
    const values = judged.arms.map(arm => [arm, ofArm(judged, arm).map(run => read(run, measure))] as const)
    return { measure: { expression, unit, better, margin }, values: Object.fromEntries(values), comparisons }
  })
}

interface Cell {
  readonly measure: Measure
  readonly arm: string
  /** Values as they are, of runs in which both have one. */
  readonly before: readonly number[]
  readonly after: readonly number[]
  readonly shifts: ArmValues
}

const ofArm = ({ runs }: Judged, name: string): CompareRun[] => runs.filter(({ arm }) => arm === name)

function pairsOf(judged: Judged, first: string, arm: string, measure: Measure, read: Read) {
  const scale = scaleOf(measure)
  const placed = (run: CompareRun): { block: number; value: number; at: number } | null => {
    const value = read(run, measure)
    const at = value === null ? null : scale.to(value)
    return value === null || at === null ? null : { block: run.block, value, at }
  }
  let before = ofArm(judged, first)
    .map(placed)
    .filter(one => one !== null)
  let after = ofArm(judged, arm)
    .map(placed)
    .filter(one => one !== null)
  if (judged.paired) {
    const [here, there] = [new Set(before.map(one => one.block)), new Set(after.map(one => one.block))]
    const inOrder = (left: { block: number }, right: { block: number }): number => left.block - right.block
    before = before.filter(one => there.has(one.block)).sort(inOrder)
    after = after.filter(one => here.has(one.block)).sort(inOrder)
  }
  const shifts: ArmValues = {
    paired: judged.paired,
    before: before.map(one => one.at),
    after: after.map(one => one.at),
    margin: scale.margin(measure.margin),
  }
  return { before: before.map(one => one.value), after: after.map(one => one.value), shifts }
}

function comparisonOf(cell: Cell, judgement: ShiftJudgement, { paired, alpha }: Judged): Comparison {
  const { measure, arm, before, after } = cell
  const scale = scaleOf(measure)
  const { estimate, interval, p, pAdjusted, detectable, runsNeeded } = judgement
  const ratio = (shift: number): number => 1 + scale.change(shift)
  return {
    arm,
    verdict: verdictOf(measure, judgement),
    runs: Math.min(before.length, after.length),
    difference: before.length === 0 || after.length === 0 ? null : differenceOf(before, after, paired, alpha),
    ratio:
      measure.unit === 'ratio' || estimate === null
        ? null
        : { value: ratio(estimate), interval: interval && [ratio(interval[0]), ratio(interval[1])] },
    p,
    pAdjusted,
    detectable: detectable === null ? null : scale.change(detectable),
    runsNeeded,
  }
}

function verdictOf({ better }: Measure, { finding, estimate }: ShiftJudgement): Verdict {
  if (finding !== 'different') return finding
  return estimate! < 0 === (better === 'lower') ? 'better' : 'worse'
}

function differenceOf(before: readonly number[], after: readonly number[], paired: boolean, alpha: number): Estimate {
  return estimated(testOf(before, after, paired), alpha)
}

const testOf = (before: readonly number[], after: readonly number[], paired: boolean): ShiftTest =>
  paired ? pairedShift(after.map((value, at) => value - before[at]!)) : unpairedShift(before, after)

const estimated = (test: ShiftTest, alpha: number): Estimate => ({
  value: test.estimate,
  interval: test.interval(1 - alpha),
})

/** Requests that have to lie above a percentile in every run for it to be looked at. */
const ABOVE_MIN = 5

/**
 * How latencies of an arm differ from the first one's, percentile by percentile: the shift function (K. Doksum, 1974), with
 * runs as replicates. Each interval is one for its percentile alone.
 */
export function quantileShifts(judged: Judged, arm: string): QuantileShift[] {
  const pair = { ...judged, arms: [judged.arms[0]!, arm] }
  const runs = pair.arms.map(name => ofArm(pair, name))
  const shares = (runs[0]![0]?.latency ?? []).map(([share]) => share)
  return shares.flatMap((share): QuantileShift[] => {
    const at = (run: CompareRun): number | null => run.latency.find(([one]) => one === share)?.[1] ?? null
    const isThin = runs.flat().some(run => (1 - share) * run.intended < ABOVE_MIN)
    const measure: Measure = { expression: '', unit: 'ms', better: 'lower', margin: 1 }
    const { before, after, shifts } = pairsOf(pair, pair.arms[0]!, arm, measure, at)
    if (isThin || before.length === 0 || after.length === 0) return []
    const { value, interval } = estimated(testOf(shifts.before, shifts.after, judged.paired), judged.alpha)
    return [
      {
        share,
        firstMs: middle(before),
        armMs: middle(after),
        ratio: { value: Math.exp(value), interval: interval && [Math.exp(interval[0]), Math.exp(interval[1])] },
      },
    ]
  })
}

/** The middle value, the lower one of two. */
export const middle = (values: readonly number[]): number =>
  [...values].sort((left, right) => left - right)[(values.length - 1) >> 1] ?? Number.NaN
