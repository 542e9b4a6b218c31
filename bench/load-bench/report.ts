import type { LoadOutcome } from '../support/load-tool.ts'
import { ratioByRound, type Spread, spread } from '../support/statistics.ts'
import { formatCount, formatFixed, formatRange, formatRatio, formatTable } from '../support/table.ts'
import { PEER } from './generators.ts'
import type { Measured } from './measure.ts'

/** One generator over all rounds. */
export interface Row {
  readonly name: string
  readonly what: string
  readonly requestsPerSecond: Spread
  /** Requests for a second of the generator's processor time. */
  readonly requestsPerCpuSecond: Spread
  /** The same as a multiple of the peer's, round by round; NaN for the peer. */
  readonly cpuRatio: Spread
  readonly p99Ms: Spread
  readonly busyRatio: Spread
  readonly problems: readonly string[]
}

const perCpuSecond = (outcome: LoadOutcome | null): number =>
  outcome ? outcome.requests / outcome.generatorCpuSeconds : Number.NaN

const finite = (values: readonly number[]): Spread => spread(values.filter(Number.isFinite))

/** Medians and spread of each generator. */
export function summarise(measured: readonly Measured[]): Row[] {
  const peer = measured.find(({ name }) => name === PEER)?.samples.map(perCpuSecond) ?? []
  return measured.map(({ name, what, samples, problems }) => {
    const over = (value: (outcome: LoadOutcome) => number): Spread =>
      finite(samples.map(sample => (sample ? value(sample) : Number.NaN)))
    return {
      name,
      what,
      requestsPerSecond: over(one => one.requestsPerSecond),
      requestsPerCpuSecond: finite(samples.map(perCpuSecond)),
      cpuRatio: name === PEER ? spread([]) : ratioByRound(samples.map(perCpuSecond), peer),
      p99Ms: over(one => one.p99Ms),
      busyRatio: over(one => one.generatorBusyRatio),
      problems,
    }
  })
}

/** Whether our generator makes at least as many requests with a core's time as its peer; `null` when it was not measured. */
export function meetsAim(rows: readonly Row[]): boolean | null {
  const ratio = rows[0]?.cpuRatio.median ?? Number.NaN
  return Number.isFinite(ratio) ? ratio >= 1 : null
}

/** The table that people read, and the problems below it. */
export function formatReport(rows: readonly Row[]): string {
  const right = (title: string) => ({ title, align: 'right' as const })
  const table = formatTable(
    [
      { title: 'generator' },
      right('requests/s'),
      right('range'),
      right('per CPU-second'),
      right('range'),
      right(`times ${PEER}`),
      right('p99 ms'),
      right('busy'),
    ],
    rows.map(row => [
      row.name,
      formatCount(row.requestsPerSecond.median),
      formatRange(row.requestsPerSecond),
      formatCount(row.requestsPerCpuSecond.median),
      formatRange(row.requestsPerCpuSecond),
      formatRatio(row.cpuRatio),
      formatFixed(row.p99Ms.median, 2),
      formatFixed(row.busyRatio.median, 2),
    ]),
  )
  const problems = rows.flatMap(({ name, problems: list }) => list.map(one => `INVALID ${name}: ${one}`))
  const verdict = { true: 'met', false: 'MISSED', null: 'not measured' }[
    String(meetsAim(rows)) as 'true' | 'false' | 'null'
  ]
  return [table, '', ...problems, `aim: at least as many requests a core as ${PEER}: ${verdict}`].join('\n')
}
