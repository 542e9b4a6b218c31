import { count, duration, paint, percent, rate, seconds, tally, visible } from '../load/command/progress/text.ts'
import { type Column, formatTable } from '../support/table.ts'
import type { Estimate, SimulatedRun, SimulationResult } from './result.ts'

/** What came of a simulation, for a person at a terminal. */
export function simulationText(result: SimulationResult, title: string, colour: boolean): string {
  const blocks = [
    `${paint('bold', visible(title), colour)}\n${headline(result)}`,
    estimateTable(result),
    componentTable(result),
    scalingTable(result),
    result.notSimulated.map(what => `not simulated: ${what}`).join('\n'),
    speedLine(result),
  ]
  return blocks.filter(block => block !== '').join('\n\n')
}

function headline({ replications, workload, complete }: SimulationResult): string {
  const elapsedMs = sum(replications.map(run => run.elapsedMs))
  const runs = replications.length === 1 ? '' : ` in ${replications.length} replications`
  const warmup = workload.warmupMs > 0 ? `, the first ${seconds(workload.warmupMs)} of each run warm-up` : ''
  const intended = sum(replications.map(({ totals }) => totals.intended))
  const outcomes = added(replications.map(({ totals }) => totals.outcomes))
  const { replied = 0, ...failed } = outcomes
  const failures = Object.keys(failed).length === 0 ? '' : `; without a complete reply: ${tally(failed)}`
  const statuses = tally(added(replications.map(({ totals }) => totals.statuses))) || 'none'
  return [
    `${seconds(elapsedMs)} of simulated time${runs}${warmup}${complete ? '' : '; CUT SHORT'}`,
    `${count(intended)} requests, ${count(replied)} replies (${statuses})${failures}`,
  ].join('\n')
}

const right = (title: string): Column => ({ title, align: 'right' })
const IN_UNIT: Readonly<Record<Estimate['unit'], (value: number) => string>> = {
  ms: duration,
  ratio: percent,
  perSecond: rate,
}

function estimateTable({ estimates }: SimulationResult): string {
  const [first] = estimates
  if (!first) return 'nothing was measured after the warm-up'
  const columns = [
    { title: 'request' },
    { title: 'measure' },
    right('value'),
    right('95 % interval'),
    right('left out'),
  ]
  const rows = estimates.map(({ request, measure, unit, value, interval, cut }) => {
    const show = IN_UNIT[unit]
    const range = interval ? `${show(Math.max(0, interval.low))} … ${show(interval.high)}` : 'too short'
    return [visible(request ?? 'all'), measure, show(value), range, cut > 0 ? count(cut) : '']
  })
  const method =
    first.method === 'replications'
      ? `intervals over ${first.samples} replications (Student's t)`
      : 'intervals by batch means within the run; what MSER-5 leaves out at the beginning is not in them'
  return `${formatTable(columns, rows)}\n${method}`
}

function componentTable({ replications }: SimulationResult): string {
  const all = replications.map(run => run.components)
  const names = Object.keys(all[0] ?? {}).filter(name => all.some(one => Object.keys(one[name]!.statuses).length > 0))
  const statusesOf = (name: string) => added(all.map(one => one[name]!.statuses))
  const codes = [...new Set(names.flatMap(name => Object.keys(statusesOf(name))))].sort()
  const rows = names.map(name => {
    const statuses = statusesOf(name)
    const busy = busyOf(replications, name)
    return [name, ...codes.map(code => (statuses[code] ? count(statuses[code]) : '')), percent(busy)]
  })
  return formatTable([{ title: 'component' }, ...[...codes, 'busy'].map(right)], rows)
}

/** Mean over the runs; where a component tells by itself how busy its servers are, that. */
function busyOf(runs: readonly SimulatedRun[], name: string): number | null {
  const shares = runs.flatMap(({ components }) => {
    const { gauges, utilisation } = components[name]!
    const own = gauges.utilisation
    return own ?? utilisation ?? []
  })
  return shares.length === 0 ? null : sum(shares) / shares.length
}

/** Lines of decisions for a person; the result has all of them. */
const SCALINGS_SHOWN_MAX = 20

/** What autoscaling changed in the first run: runs with other seeds are much the same. */
function scalingTable({ replications: [first, ...others] }: SimulationResult): string {
  const { scalings = [] } = first ?? {}
  if (scalings.length === 0) return ''
  const columns = [
    right('at'),
    { title: 'component' },
    right('replicas'),
    right('busy'),
    right('target'),
    { title: 'reason' },
  ]
  const rows = scalings
    .slice(0, SCALINGS_SHOWN_MAX)
    .map(({ atMs, component, from, to, utilisation, targetUtilisation, reason }) => [
      seconds(atMs),
      component,
      `${from} → ${to}`,
      percent(utilisation),
      percent(targetUtilisation),
      reason,
    ])
  const more = scalings.length - rows.length
  const title = `autoscaling${others.length > 0 ? ', first replication' : ''}`
  return `${title}\n${formatTable(columns, rows)}${more > 0 ? `\nand ${more} more` : ''}`
}

function speedLine({ speed }: SimulationResult): string {
  const { wallMs, events, eventsPerSecond, requestsPerSecond } = speed
  return `${count(events)} events in ${seconds(wallMs)}: ${rate(eventsPerSecond)} events, ${rate(requestsPerSecond)} requests`
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)

function added(parts: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const total: Record<string, number> = {}
  for (const part of parts) for (const [name, value] of Object.entries(part)) total[name] = (total[name] ?? 0) + value
  return total
}
