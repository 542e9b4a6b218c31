import { CLIENTS } from './fault-lab.ts'
import type { Matrix } from './matrix.ts'

const HEAD = ['fault', 'noticed by', 'after', 'whole again', 'failed', 'last failure', 'failed of the neighbour']

/** The matrix as a Markdown table. Times are counted from the moment of the fault. */
export function matrixTable({ outcomes, leftOut, supervisor }: Matrix): string {
  const rows = outcomes.map(({ fault, notice, noticedMs, wholeMs, load, neighbours }) => [
    fault,
    notice ? `\`${notice.event}\`` : '-',
    ms(noticedMs),
    ms(wholeMs),
    failures(load.failed),
    ms(load.failingMs === 0 ? undefined : load.failingMs),
    failures(neighbours.failed),
  ])
  const [gone, taken] = [ms(supervisor.goneMs), supervisor.taken.length]
  const ended = `no process of the lab after ${gone}, ${taken} ports taken`
  rows.push(['SIGKILL of the supervisor', 'the host', '-', '-', 'all', '-', ended])
  for (const [fault, reason] of Object.entries(leftOut)) rows.push([fault, `left out: ${reason}`, '', '', '', '', ''])
  return aligned([HEAD, ...rows])
}

/** Says what the figures of the table are. */
export const TABLE_ABOUT = `${CLIENTS} clients call the component that is hit, ${CLIENTS} its neighbour, through the same edge.`

const ms = (value: number | undefined): string => (value === undefined ? '-' : `${Math.round(value)} ms`)

const failures = (failed: Readonly<Record<string, number>>): string =>
  Object.entries(failed)
    .map(([outcome, count]) => `${count} × ${outcome}`)
    .join(', ') || '0'

function aligned(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map(row => row[column]!.length)))
  const line = (row: readonly string[]): string =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column]!)).join(' | ')} |`
  const rule = `| ${widths.map(width => '-'.repeat(width)).join(' | ')} |`
  return [line(rows[0]!), rule, ...rows.slice(1).map(line)].join('\n')
}
