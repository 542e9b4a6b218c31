import { formatTable } from '../support/table.ts'
import { comparisonTable } from '../verify/output/summary.ts'
import { middle } from './judge.ts'
import type { ArmModels, CompareResult, Comparison, MeasureResult } from './result.ts'
import { changeOf, changeText, estimateText, levelText, plain, spanText, valueText, verdictWord } from './text.ts'

/** Mechanisms that a terminal shows. */
const MECHANISMS_SHOWN = 8

/** What a comparison says, for a terminal. */
export function compareText(result: CompareResult): string {
  const { name, question, arms, complete, ended, elapsedMs, warnings } = result
  const others = arms.slice(1).map(arm => arm.name)
  return plain(
    [
      question === null ? name : `${name}: ${question}`,
      `${others.join(', ')} compared with ${arms[0]!.name}. ${ended} It took ${spanText(elapsedMs)}.`,
      '',
      ...others.flatMap(arm => [armTable(result, arm), '']),
      ...mechanismLines(result),
      ...result.models.flatMap(modelLines),
      ...invalidLines(result),
      ...calibrationLines(result),
      ...(complete ? [] : ['INCOMPLETE: fewer runs than were asked for.']),
      ...warnings.map(warning => `warning: ${warning}`),
    ].join('\n'),
  ).trimEnd()
}

function armTable({ measures, costs, arms, alpha }: CompareResult, arm: string): string {
  const first = arms[0]!.name
  const rows = [...measures, ...costs].map(one => {
    const { measure, values, comparisons } = one
    const comparison = comparisons.find(other => other.arm === arm)!
    const median = (name: string): string =>
      valueText(measure, middle((values[name] ?? []).filter(value => value !== null)))
    const isCost = costs.includes(one)
    return [
      measure.expression,
      median(first),
      median(arm),
      estimateText(measure, changeOf(measure, comparison)),
      isCost ? 'a cost' : verdictWord(measure, comparison),
      isCost ? '' : pText(comparison),
      detectableText(measure, comparison),
    ].map(plain)
  })
  return formatTable(
    [
      { title: 'measure' },
      { title: first, align: 'right' },
      { title: arm, align: 'right' },
      { title: plain(`change (${levelText(alpha)} interval)`) },
      { title: 'verdict' },
      { title: 'p (Holm)', align: 'right' },
      { title: 'detectable', align: 'right' },
    ],
    rows,
  )
}

const pText = ({ pAdjusted }: Comparison): string =>
  pAdjusted === null ? '' : pAdjusted < 0.001 ? '<0.001' : pAdjusted.toFixed(3)

const detectableText = (measure: MeasureResult['measure'], { detectable }: Comparison): string =>
  detectable === null ? '' : changeText(measure, detectable).replace('+', '')

function mechanismLines({ mechanisms, arms }: CompareResult): string[] {
  if (mechanisms.length === 0) return ['Statuses and decisions of tactics are the same in all variants.', '']
  const names = arms.map(arm => arm.name)
  const table = formatTable(
    [{ title: 'per 1,000 requests' }, ...names.map(title => ({ title, align: 'right' as const }))],
    mechanisms
      .slice(0, MECHANISMS_SHOWN)
      .map(({ name, perThousand }) => [name, ...names.map(arm => (perThousand[arm] ?? 0).toFixed(1))]),
  )
  return ['What was different inside, the largest difference first:', table, '']
}

function modelLines({ arm, rows, remarks }: ArmModels): string[] {
  return [
    `${arm}: theory, simulation, and the mean of the runs`,
    comparisonTable(rows),
    ...remarks.map(one => `  ${one}`),
    '',
  ]
}

function calibrationLines({ calibration }: CompareResult): string[] {
  if (calibration === null) return []
  const { falsePositives, runs } = calibration
  return [
    `Calibration: ${runs} pairs of runs of one variant on this machine raised ${falsePositives.times} alarms in ${falsePositives.of} tests.`,
  ]
}

function invalidLines({ runs }: CompareResult): string[] {
  const invalid = runs.filter(({ used, failures }) => !used && failures.length > 0)
  if (invalid.length === 0) return []
  const checks = [...new Set(invalid.flatMap(({ failures }) => failures.map(({ check }) => check)))]
  return [`${invalid.length} of ${runs.length} runs were invalid (${checks.join(', ')}) and not used.`]
}
