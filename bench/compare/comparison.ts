import type { ExperimentEnd, ExperimentRuns } from './experiment.ts'
import { type Judged, judgeMeasures, quantileShifts } from './judge.ts'
import { mechanismsOf } from './mechanisms.ts'
import type { CalibrationSummary, CompareResult, CompareRun, MeasureResult } from './result.ts'
import { leastRuns } from './statistics/power.ts'
import { reasonText } from './text.ts'

/** What an experiment is about, beside its runs. */
export interface Subject
  extends Pick<
    CompareResult,
    'name' | 'question' | 'workload' | 'seed' | 'environment' | 'arms' | 'startedAt' | 'warnings'
  > {
  readonly measures: readonly MeasureResult['measure'][]
  readonly calibration: CalibrationSummary | null
}

/** Costs have no margin: nobody has said how much of them matters. They are compared with that of times. */
const COSTS: readonly { measure: MeasureResult['measure']; read: (run: CompareRun) => number | null }[] = [
  {
    measure: { expression: 'CPU time per request', unit: 'ms', better: 'lower', margin: 0.05 },
    read: ({ cost, intended }) => (cost.cpuMs === null || intended === 0 ? null : cost.cpuMs / intended),
  },
  {
    measure: { expression: 'memory', unit: 'count', better: 'lower', margin: 0.05 },
    read: ({ cost }) => cost.memoryBytes,
  },
]

/** Puts a result together from runs. Only whole blocks count: of one that was not ended no run is used. */
export function comparisonOf(subject: Subject, made: ExperimentRuns, elapsedMs: number): CompareResult {
  const { measures, ...rest } = subject
  const { blocks, alpha } = made
  const runs = made.runs.map(run => ({ ...run, used: run.used && run.block <= blocks }))
  const arms = subject.arms.map(({ name }) => name)
  const judged = { arms, runs: runs.filter(run => run.used), paired: true, alpha }
  return {
    format: 'archlab-compare/1',
    ...rest,
    elapsedMs,
    complete: made.end.type === 'done' || made.end.type === 'answered',
    ended: endText(made.end, blocks),
    runs,
    blocks,
    paired: true,
    alpha,
    measures: judgeMeasures(judged, measures),
    warnings: [...subject.warnings, ...tooFew(judged, measures.length * (arms.length - 1))],
    costs: COSTS.flatMap(({ measure, read }) => judgeMeasures(judged, [measure], read)),
    quantiles: Object.fromEntries(arms.slice(1).map(arm => [arm, quantileShifts(judged, arm)])),
    mechanisms: mechanismsOf(arms, judged.runs),
    models: [],
  }
}

/** Said where even runs that all point one way could not make a verdict. */
function tooFew({ runs, arms, alpha }: Judged, claims: number): string[] {
  const blocks = runs.length / arms.length
  const least = leastRuns(alpha / 2 / claims)
  if (blocks === 0 || blocks >= least) return []
  return [
    `${claims} comparisons at once need ${least} runs of each variant before there can be a verdict on any of them.`,
  ]
}

function endText(end: ExperimentEnd, blocks: number): string {
  switch (end.type) {
    case 'done':
      return `All ${blocks} runs of each variant were made.`
    case 'answered':
      return `After ${blocks} runs of each variant every measure had an answer.`
    case 'stopped':
      return `It was ended by hand after ${blocks} runs of each variant.`
    case 'failed':
      return end.message
    case 'invalid': {
      const { arm, block, attempt } = end.run
      return `Run ${block} of ${arm} was invalid ${attempt} times in a row. ${reasonText(end.run)}`
    }
  }
}
