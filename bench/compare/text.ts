import { bytes, count, duration, percent, rate } from '../report/format.ts'
import type { CompareRun, Comparison, Estimate, MeasureResult } from './result.ts'

type Measure = MeasureResult['measure']

/** A value of a measure, in its unit. */
export function valueText({ unit, expression }: Measure, value: number | null): string {
  if (value === null || Number.isNaN(value)) return '–'
  if (expression === 'memory') return bytes(value)
  return { ms: duration, ratio: percent, perSecond: rate, count }[unit](value)
}

/** A relative change, or of shares a difference in percentage points: `−12.3 %`, `+0.4 points`. */
export function changeText({ unit }: Pick<Measure, 'unit'>, change: number): string {
  const size = Math.abs(100 * change)
  const digits = size >= 99.95 ? 0 : size >= 0.995 ? 1 : 2
  const text = size.toFixed(digits)
  const sign = Number(text) === 0 ? '' : change < 0 ? '−' : '+'
  return `${sign}${text}\u00a0${unit === 'ratio' ? 'points' : '%'}`
}

/** How far an arm lies from the first, on the scale of the measure; `null` where nothing is known. */
export function changeOf(measure: Measure, { ratio, difference }: Comparison): Estimate | null {
  if (measure.unit === 'ratio') return difference
  if (ratio === null) return null
  const { value, interval } = ratio
  return { value: value - 1, interval: interval && [interval[0] - 1, interval[1] - 1] }
}

/** `−12.3 % (−14.0 % to −10.1 %)`. */
export function estimateText(measure: Measure, estimate: Estimate | null): string {
  if (estimate === null) return 'no run has a value'
  const { value, interval } = estimate
  const range = interval ? `${changeText(measure, interval[0])} to ${changeText(measure, interval[1])}` : 'too few runs'
  return `${changeText(measure, value)} (${range})`
}

/** How sure intervals are, `95 %`: of several looks each has to be surer. */
export const levelText = (alpha: number): string => `${Math.round(1000 * (1 - alpha)) / 10}\u00a0%`

/** A verdict for a table. */
export const verdictWord = ({ margin, unit }: Measure, { verdict }: Pick<Comparison, 'verdict'>): string =>
  verdict === 'equivalent' ? `equivalent within ${changeText({ unit }, margin).replace('+', '')}` : verdict

/** What a verdict means, in a sentence for one who has not learned statistics. */
export function sentenceOf(measure: Measure, comparison: Comparison, first: string): string {
  const { expression, unit, margin } = measure
  const { verdict, runs, detectable, runsNeeded } = comparison
  const [arm, other] = [`“${comparison.arm}”`, `“${first}”`]
  const change = changeOf(measure, comparison)
  if (change === null) return `${expression} has no value that could be compared.`
  const size = changeText(measure, Math.abs(change.value)).replace('+', '')
  const within = changeText({ unit }, margin).replace('+', '')
  const way = change.value < 0 ? 'lower' : 'higher'
  const range = change.interval
    ? ` The truth lies between ${changeText(measure, change.interval[0])} and ${changeText(measure, change.interval[1])}; a method like this errs in one experiment of twenty.`
    : ''
  switch (verdict) {
    case 'better':
    case 'worse':
      return `${expression} is ${size} ${way} with ${arm} than with ${other}, which is ${verdict}. Chance alone would seldom do this in ${runs} runs.${range}`
    case 'equivalent':
      return `${arm} and ${other} are the same in ${expression} for practical purposes: they differ by less than ${within}.${range}`
    case 'inconclusive': {
      const needs =
        runsNeeded === null
          ? 'More runs than anybody would make are needed'
          : runsNeeded > runs
            ? `About ${count(runsNeeded)} runs are needed`
            : 'A few more runs are needed'
      const sees =
        detectable === null
          ? ''
          : ` ${runs} runs see changes from about ${changeText(measure, detectable).replace('+', '')} on.`
      return `${runs} runs do not say whether ${arm} changes ${expression}.${range}${sees} ${needs} to tell a change of ${within} from none.`
    }
  }
}

/** `6 min 20 s`, `45 s`. */
export function spanText(ms: number): string {
  const seconds = Math.round(ms / 1000)
  if (seconds < 60) return `${seconds} s`
  return seconds % 60 === 0 ? `${seconds / 60} min` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`
}

/** Spaces that do not break are for pages; a terminal has plain ones. */
export const plain = (text: string): string => text.replaceAll('\u00a0', ' ')

/** Why a run is not used, in a sentence for each check; who the bottleneck was says no more than the rest. */
export function reasonText({ failures }: Pick<CompareRun, 'failures'>): string {
  const told = failures.filter(({ check }) => check !== 'bottleneck' || failures.length === 1)
  return told.map(({ check, explanation }) => `${check}: ${explanation.split(/(?<=\.) /)[0]}`).join(' ')
}
