import { median, ratioByRound, type Spread, spread } from '../support/statistics.ts'
import { formatCount, formatFixed, formatRange, formatRatio, formatTable } from '../support/table.ts'
import type { Measured } from './measure.ts'

/** From this share of a core on, the load generator is taken to be the limit. */
const GENERATOR_LIMIT = 0.95

/** One system's figures over all rounds. */
export interface Row {
  readonly name: string
  readonly group: string
  readonly what: string
  readonly requestsPerSecond: Spread
  readonly p50Ms: number
  readonly p99Ms: number
  /** Processor time of all processes of the system for one request, in microseconds. */
  readonly cpuMicrosPerRequest: Spread
  /** Name of the row compared with, and how many times its requests per second this one reaches. */
  readonly peer: string | null
  readonly ratio: Spread
  readonly generatorBusyRatio: number
  readonly problems: readonly string[]
}

/** A goal for one row: at least `factor` times the requests per second of another. */
export interface Aim {
  readonly text: string
  readonly row: string
  readonly over: string
  readonly factor: number
}

export interface JudgedAim extends Aim {
  readonly ratio: Spread
  readonly verdict: 'met' | 'missed' | 'not measured'
}

/** What the lab's hop and chain are built to reach at 32 connections. */
export const aims: readonly Aim[] = [
  { text: 'hop over channel', row: 'archlab-channel', over: 'fastify-http-proxy', factor: 7 },
  { text: 'hop over channel', row: 'archlab-channel', over: 'nginx', factor: 1 },
  { text: 'hop over http', row: 'archlab-http', over: 'fastify-http-proxy', factor: 2.5 },
  { text: 'chain over channel', row: 'archlab-chain-channel', over: 'fastify-chain', factor: 9 },
  { text: 'chain over channel', row: 'archlab-chain-channel', over: 'nginx', factor: 0.5 },
]

/** Summarises what was measured, ratios formed round by round. */
export function summarise(all: readonly Measured[]): Row[] {
  return all.map(one => {
    const samples = one.samples.filter(sample => sample !== null)
    return {
      name: one.system.name,
      group: one.system.group,
      what: one.system.what,
      requestsPerSecond: spread(samples.map(sample => sample.requestsPerSecond)),
      p50Ms: median(samples.map(sample => sample.p50Ms)),
      p99Ms: median(samples.map(sample => sample.p99Ms)),
      cpuMicrosPerRequest: spread(samples.map(sample => sample.cpuMicrosPerRequest)),
      peer: one.system.peer,
      ratio: ratioOf(all, one.system.name, one.system.peer),
      generatorBusyRatio: median(samples.map(sample => sample.generatorBusyRatio)),
      problems: one.problems,
    }
  })
}

/** Judges aims by the median of the rounds' ratios. */
export function judge(all: readonly Measured[], list: readonly Aim[]): JudgedAim[] {
  return list.map(aim => {
    const ratio = ratioOf(all, aim.row, aim.over)
    const verdict = Number.isNaN(ratio.median) ? 'not measured' : ratio.median >= aim.factor ? 'met' : 'missed'
    return { ...aim, ratio, verdict }
  })
}

function ratioOf(all: readonly Measured[], name: string, peer: string | null): Spread {
  const rates = (wanted: string | null): number[] =>
    all.find(one => one.system.name === wanted)?.samples.map(sample => sample?.requestsPerSecond ?? Number.NaN) ?? []
  return ratioByRound(rates(name), rates(peer))
}

/** The tables that people read. */
export function formatReport(rows: readonly Row[], judged: readonly JudgedAim[]): string {
  const table = formatTable(
    [
      { title: '' },
      { title: 'system' },
      { title: 'requests/s', align: 'right' },
      { title: 'min..max', align: 'right' },
      { title: 'p50 ms', align: 'right' },
      { title: 'p99 ms', align: 'right' },
      { title: 'CPU µs', align: 'right' },
      { title: 'times the peer', align: 'right' },
      { title: 'made of' },
    ],
    rows.map((row, index) => [
      rows[index - 1]?.group === row.group ? '' : row.group,
      row.generatorBusyRatio >= GENERATOR_LIMIT ? `${row.name} *` : row.name,
      formatCount(row.requestsPerSecond.median),
      formatRange(row.requestsPerSecond),
      formatFixed(row.p50Ms, 2),
      formatFixed(row.p99Ms, 2),
      formatFixed(row.cpuMicrosPerRequest.median, 1),
      formatRatio(row.ratio),
      row.what,
    ]),
  )
  const limited = rows.some(row => row.generatorBusyRatio >= GENERATOR_LIMIT)
  const notes = [
    'CPU µs: processor time of all processes of the system for one request, the load generator’s left out.',
    'Peer: fastify-http-proxy for one hop, fastify-chain for the chain; median (min..max) of the rounds’ ratios.',
    ...(limited
      ? ['* The load generator’s own thread was the limit: the system can do more than the figure says.']
      : []),
    ...rows.flatMap(row => row.problems.map(text => `INVALID ${row.name}: ${text}`)),
  ]
  return [table, notes.join('\n'), ...(judged.length > 0 ? [aimTable(judged)] : [])].join('\n\n')
}

function aimTable(judged: readonly JudgedAim[]): string {
  return formatTable(
    [{ title: 'aim' }, { title: 'at least', align: 'right' }, { title: 'measured', align: 'right' }, { title: '' }],
    judged.map(aim => [`${aim.text} / ${aim.over}`, `${aim.factor}`, formatRatio(aim.ratio), aim.verdict]),
  )
}
