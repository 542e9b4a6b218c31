import { formatTable } from '../../../support/table.ts'
import type { LoadView } from './load-view.ts'
import { count, duration, rate, seconds, tally } from './text.ts'

export interface Room {
  readonly columns: number
  readonly rows: number
}

const BAR_WIDTH = 24
/** Lines beside those of the components. */
const OTHER_LINES = 9

/** A run at a glance, as lines that fit into a terminal. */
export function liveLines(title: string, view: LoadView, room: Room): string[] {
  const { counts, inFlight } = view
  const lines = [
    title,
    progressLine(view),
    `${rate(view.perSecond)}   ${count(counts.intended)} requests   ${count(inFlight)} under way${failures(view)}`,
    `latency   p50 ${duration(view.p50)}   p95 ${duration(view.p95)}   p99 ${duration(view.p99)}`,
    `replies   ${tally(counts.statuses) || 'none yet'}`,
    ...componentLines(view, room.rows - OTHER_LINES),
    ...refusalLines(view),
  ]
  return lines.slice(0, Math.max(1, room.rows - 1)).map(line => line.slice(0, Math.max(1, room.columns - 1)))
}

/** How much of the run is over, 0..1; `null` when nobody can tell. */
export function doneRatio({ atMs, durationMs, requestsMax, counts }: LoadView): number | null {
  const ofTime = durationMs === null ? null : atMs / durationMs
  const ofRequests = requestsMax === null ? null : counts.intended / requestsMax
  if (ofTime === null && ofRequests === null) return null
  return Math.min(1, Math.max(0, ofTime ?? 0, ofRequests ?? 0))
}

/** What is left of it, as long as the present rate lasts; `null` when nobody can tell. */
export function leftMs({ atMs, durationMs, requestsMax, counts, perSecond }: LoadView): number | null {
  const ofTime = durationMs === null ? null : durationMs - Math.max(0, atMs)
  const ofRequests =
    requestsMax === null || perSecond <= 0 ? null : ((requestsMax - counts.intended) / perSecond) * 1000
  if (ofTime === null && ofRequests === null) return null
  return Math.max(0, Math.min(ofTime ?? Number.POSITIVE_INFINITY, ofRequests ?? Number.POSITIVE_INFINITY))
}

function progressLine(view: LoadView): string {
  const { atMs, durationMs, requestsMax, warmupMs, isEnding, counts } = view
  const ratio = doneRatio(view)
  const full = Math.round((ratio ?? 0) * BAR_WIDTH)
  const bar = ratio === null ? '' : `[${'#'.repeat(full)}${'-'.repeat(BAR_WIDTH - full)}] `
  if (isEnding) return `${bar}no more requests; waiting for those under way`
  if (atMs < 0) return `${bar}about to begin`
  const whole =
    durationMs !== null
      ? ` of ${seconds(durationMs)}`
      : requestsMax !== null
        ? `, ${count(counts.intended)} of ${count(requestsMax)} requests`
        : ''
  const left = leftMs(view)
  const rest = left === null ? '' : left > 0 ? `, ${seconds(left)} left` : ', last replies'
  return `${bar}${seconds(atMs)}${whole}${rest}${atMs < warmupMs ? '   warm-up' : ''}`
}

function failures({ counts }: LoadView): string {
  const { replied: _, ...failed } = counts.outcomes
  return Object.keys(failed).length === 0 ? '' : `   ${tally(failed)}`
}

function componentLines({ components }: LoadView, rowsMax: number): string[] {
  const rows = Object.entries(components ?? {}).filter(([, statuses]) => Object.keys(statuses).length > 0)
  if (rows.length === 0 || rowsMax < 3) return []
  const codes = [...new Set(rows.flatMap(([, statuses]) => Object.keys(statuses)))].sort()
  // Where there is no room for all, those that answer with errors are of more interest.
  const shown = rows.length <= rowsMax - 2 ? rows : rows.toSorted(byErrors).slice(0, rowsMax - 2)
  const columns = [{ title: 'component' }, ...codes.map(title => ({ title, align: 'right' as const }))]
  const table = formatTable(
    columns,
    shown.map(([name, statuses]) => [name, ...codes.map(code => (statuses[code] ? count(statuses[code]) : ''))]),
  )
  return table.split('\n')
}

type Row = readonly [string, Readonly<Record<string, number>>]

const errorsOf = ([, statuses]: Row): number =>
  Object.entries(statuses).reduce((sum, [code, times]) => sum + (Number(code) >= 400 ? times : 0), 0)
const byErrors = (left: Row, right: Row): number => errorsOf(right) - errorsOf(left)

const REFUSALS_SHOWN = 3

function refusalLines({ refusals }: LoadView): string[] {
  return refusals
    .slice(0, REFUSALS_SHOWN)
    .map(one => `${one.component}: ${one.mechanism} ${one.verb} ${count(one.count)}`)
}

/** The same as one line, for logs. */
export function plainLine(view: LoadView): string {
  const { atMs, counts, inFlight, p50, p95, p99 } = view
  const left = leftMs(view)
  return [
    seconds(Math.max(0, atMs)),
    rate(view.perSecond),
    `${count(counts.intended)} requests`,
    `${count(inFlight)} under way`,
    `p50 ${duration(p50)} p95 ${duration(p95)} p99 ${duration(p99)}`,
    ...[tally(counts.statuses).replaceAll('   ', ', ')].filter(text => text !== ''),
    ...[failures(view).trim().replaceAll('   ', ', ')].filter(text => text !== ''),
    ...refusalLines(view).slice(0, 1),
    ...(left === null || left === 0 ? [] : [`${seconds(left)} left`]),
  ].join('  ')
}
