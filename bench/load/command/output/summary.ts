import type { MeasureUnit } from '@archlab/runtime/topology'
import { type Column, formatTable } from '../../../support/table.ts'
import type { GeneratorReport } from '../../generator/protocol.ts'
import { addCounts, type Counts } from '../../record/outcomes.ts'
import type { LoadResult, Percentiles, ThresholdResult } from '../../result.ts'
import { count, duration, paint, percent, rate, seconds, tally, visible } from '../progress/text.ts'
import { refusalCounts } from '../refusals.ts'
import type { Threshold } from '../threshold.ts'
import { averagesText } from './averages-text.ts'

export interface SummaryParts {
  readonly title: string
  readonly result: LoadResult
  readonly report: GeneratorReport
  readonly thresholds: readonly Threshold[]
  /** Name of the component that requests entered at; `null` without a lab. */
  readonly entry: string | null
  readonly colour: boolean
}

/** What came of a run, for a person at a terminal. */
export function summaryText(parts: SummaryParts): string {
  const { result, report, thresholds, entry, colour } = parts
  const blocks = [
    `${paint('bold', visible(parts.title), colour)}\n${headline(result)}`,
    requestTable(result, report),
    result.runningAverages ? averagesText(result.runningAverages) : '',
    result.lab ? labText(result.lab, entry!) : '',
    thresholds.map((one, at) => thresholdLine(one, result.thresholds[at]!, colour)).join('\n'),
    validityText(result, colour),
  ]
  return blocks.filter(block => block !== '').join('\n\n')
}

function headline({ elapsedMs, workload, totals, complete }: LoadResult): string {
  const warmup = workload.warmupMs > 0 ? `, the first ${seconds(workload.warmupMs)} of it warm-up` : ''
  const after = workload.warmupMs > 0 ? ' after the warm-up' : ''
  const cut = complete ? '' : '; CUT SHORT'
  const { replied = 0, ...failed } = totals.outcomes
  const failures = Object.keys(failed).length === 0 ? '' : `; without a complete reply: ${tally(failed)}`
  return [
    `${seconds(elapsedMs)}${warmup}${cut}`,
    `${count(totals.intended)} requests, ${count(replied)} replies (${tally(totals.statuses) || 'none'})${failures}`,
    `${rate(totals.achievedPerSecond)}${after}; ${count(totals.bytesReceived)} bytes received`,
  ].join('\n')
}

const TIMES = ['mean', 'p50', 'p95', 'p99', 'p999', 'max'] as const
const TIME_TITLES = ['mean', 'p50', 'p95', 'p99', 'p99.9', 'max']

/** A row for each request, for the warm-up and for logins; statuses and failures have columns of their own. */
function requestTable({ requests }: LoadResult, report: GeneratorReport): string {
  const warmup = addCounts(report.requests.map(one => one.warmup))
  const rows: [string, Pick<Counts, 'intended' | 'outcomes' | 'statuses'>, Percentiles | null][] = [
    ...requests.map(one => [one.name, one, one.latency] as [string, typeof one, Percentiles]),
    ...apart('warm-up', warmup),
    ...apart('login', report.logins),
  ]
  const codes = [...new Set(rows.flatMap(([, { statuses }]) => Object.keys(statuses)))].sort()
  const failures = [...new Set(rows.flatMap(([, { outcomes }]) => Object.keys(outcomes)))].filter(
    outcome => outcome !== 'replied',
  )
  const right = (title: string): Column => ({ title, align: 'right' })
  const columns = [{ title: 'request' }, ...['requests', ...codes, ...failures, ...TIME_TITLES].map(right)]
  const some = (value: number | undefined): string => (value ? count(value) : '')
  return formatTable(
    columns,
    rows.map(([name, { intended, statuses, outcomes }, latency]) => [
      visible(name),
      count(intended),
      ...codes.map(code => some(statuses[code])),
      ...failures.map(failure => some(outcomes[failure])),
      ...TIMES.map(time => (latency ? duration(latency[time]) : '')),
    ]),
  )
}

const apart = (name: string, counts: Counts): [string, Counts, null][] =>
  counts.intended === 0 ? [] : [[name, counts, null]]

function labText({ components, reconciled }: NonNullable<LoadResult['lab']>, entry: string): string {
  const rows = Object.entries(components).filter(([, { statuses }]) => Object.keys(statuses).length > 0)
  const codes = [...new Set(rows.flatMap(([, { statuses }]) => Object.keys(statuses)))].sort()
  const right = (title: string): Column => ({ title, align: 'right' })
  const table = formatTable(
    [{ title: 'component' }, ...[...codes, 'p50', 'p95', 'p99', 'busy'].map(right)],
    rows.map(([name, { statuses, latency, utilisation }]) => [
      name,
      ...codes.map(code => (statuses[code] ? count(statuses[code]) : '')),
      ...[latency.p50, latency.p95, latency.p99].map(duration),
      percent(utilisation),
    ]),
  )
  const refusals = refusalCounts(components).map(
    ({ component, mechanism, verb, count: times }) => `${component}: ${mechanism} ${verb} ${count(times)}`,
  )
  const agreement = reconciled.equal ? 'equal, status by status' : 'NOT equal'
  const sums = `clients got ${count(reconciled.clients)} replies, ${entry} counted ${count(reconciled.entry)}: ${agreement}`
  return [table, ...(refusals.length > 0 ? ['', ...refusals] : []), '', sums].join('\n')
}

const IN_UNIT: Readonly<Record<MeasureUnit, (value: number) => string>> = {
  ms: duration,
  ratio: percent,
  count,
  perSecond: rate,
}

function thresholdLine({ unit }: Threshold, { expression, met, value }: ThresholdResult, colour: boolean): string {
  const verdict = met ? paint('green', 'met    ', colour) : paint('red', 'NOT MET', colour)
  return `${verdict}  ${visible(expression)}  (${value === null ? 'nothing was measured' : IN_UNIT[unit](value)})`
}

function validityText({ validity, complete, lab }: LoadResult, colour: boolean): string {
  const { verdict, bottleneck, checks } = validity
  const failed = checks.filter(check => check.verdict === 'failed')
  const word = verdict === 'valid' ? paint('green', 'valid', colour) : paint('red', 'INVALID', colour)
  const cut = complete ? '' : ', but cut short'
  const who = bottleneck === 'lab' && !lab ? 'server' : bottleneck
  const limit = bottleneck === 'none' ? '' : `; the bottleneck was the ${who}`
  return [
    `${word} measurement${cut}${limit}`,
    ...failed.map(({ name, explanation }) => `  ${name}: ${explanation}`),
  ].join('\n')
}
