import { type Analysis, counted, type EndpointFigures, type Finding, shapeText } from '../graph/index.ts'
import { paint, table } from './output.ts'

/** Endpoints that get a column of their own, and the widest table that is made so. */
const COLUMNS_MAX = 6
const TABLE_WIDTH_MAX = 120
const ROWS_MAX = 40
/** Findings of one code that are written out. */
const FINDINGS_SHOWN = 5

/** The analysis as text for a terminal: figures, what one request executes, findings. */
export function analysisText(analysis: Analysis, file: string, colour: boolean): string {
  const title = `${paint('bold', analysis.graph.name, colour)} (${file})`
  return [
    title,
    figuresText(analysis, colour),
    'What one request executes, on average: callees included, every call succeeding, retries and hedges not counted,\n' +
      'caches always missing, and tactics not counted.',
    endpointsText(analysis, colour),
    componentsText(analysis, colour),
    findingsText(analysis.findings, colour),
  ]
    .filter(part => part !== '')
    .join('\n\n')
}

function figuresText({ figures }: Analysis, colour: boolean): string {
  const { shape, components, replicas, links, tacticLinks, depth, width, parts, entries } = figures
  const rows = [
    ['shape', `${shapeText(shape)}${parts > 1 ? `, in ${parts} parts that no link joins` : ''}`],
    ['components', `${components}, with ${counted(replicas, 'replica')}`],
    ['links', `${links}${tacticLinks > 0 ? `, and ${tacticLinks} of tactics` : ''}`],
    ['depth', `${counted(depth, 'component')} on the longest way`],
    ['width', `${counted(width, 'component')} on the widest level`],
    [entries.length === 1 ? 'entry' : 'entries', some(entries, 10)],
  ]
  return rows.map(([name, value]) => `  ${paint('dim', name!.padEnd(10), colour)}  ${value}`).join('\n')
}

/** One line for each endpoint of an entry. */
function endpointsText({ endpoints, endpointsLeftOut, untimed, figures }: Analysis, colour: boolean): string {
  const shown = endpoints.slice(0, ROWS_MAX)
  const several = figures.entries.length > 1
  const rows = shown.map(one => [
    endpointName(one, several),
    amount(one.total),
    one.criticalPath.meanMs === 0 ? '-' : `${amount(one.criticalPath.meanMs)} ms`,
    chainText(one.criticalPath.chain),
  ])
  const head = ['endpoint', 'executions', 'mean time', 'critical path, of means']
  const left = endpoints.length - shown.length
  const more = left > 0 || endpointsLeftOut ? [`  … ${endpointsLeftOut ? 'and more' : `${left} more`}: see --json`] : []
  const known = figures.components - untimed.length
  const own = `How long its own work takes is known of ${known} of ${figures.components} components; the others count 0 ms.`
  const times = known === figures.components ? [] : [`  ${own}`]
  return [table(rightAligned([head, ...rows], [1, 2]), colour), ...more, ...times].join('\n')
}

/** Executions of each component: by endpoint where there is room, else the most by any. */
function componentsText(analysis: Analysis, colour: boolean): string {
  const { endpoints, graph, figures } = analysis
  const several = figures.entries.length > 1
  const executed = graph.nodes
    .map(({ name }, at) => ({ name, at, most: mostOf(endpoints, name) }))
    .sort((left, right) => right.most.times - left.most.times)
    .slice(0, ROWS_MAX)
  // In the order of the file when all are shown, else those with most.
  if (graph.nodes.length <= ROWS_MAX) executed.sort((left, right) => left.at - right.at)
  const columns = endpoints.map(one => endpointName(one, several))
  const wide = columns.join('  ').length + Math.max(...executed.map(({ name }) => name.length)) > TABLE_WIDTH_MAX
  const byEndpoint = columns.length <= COLUMNS_MAX && !wide
  const rows = executed.map(({ name, most }) =>
    byEndpoint
      ? [name, ...endpoints.map(one => amount(one.perComponent[name] ?? 0)), asksText(endpoints, name)]
      : [
          name,
          amount(most.times),
          most.endpoint ? endpointName(most.endpoint, several) : '-',
          asksText(endpoints, name),
        ],
  )
  const head = byEndpoint
    ? ['component', ...columns, 'asked by tactics']
    : ['component', 'most executions', 'by', 'asked by tactics']
  const numbers = byEndpoint ? columns.map((_, at) => at + 1) : [1]
  const left = graph.nodes.length - executed.length
  const more = left > 0 ? [`  … ${left} more: see --json`] : []
  const asked = rows.some(row => row.at(-1) !== '')
  const all = [head, ...rows].map(row => (asked ? row : row.slice(0, -1)))
  return [table(rightAligned(all, numbers), colour), ...more].join('\n')
}

function mostOf(endpoints: readonly EndpointFigures[], name: string): { times: number; endpoint?: EndpointFigures } {
  let most: { times: number; endpoint?: EndpointFigures } = { times: 0 }
  for (const endpoint of endpoints) {
    const times = endpoint.perComponent[name] ?? 0
    if (times > most.times) most = { times, endpoint }
  }
  return most
}

/** How often at most one request passes a tactic that may ask the component. */
function asksText(endpoints: readonly EndpointFigures[], name: string): string {
  const times = Math.max(0, ...endpoints.map(one => one.asked[name] ?? 0))
  return times === 0 ? '' : `up to ${amount(times)}`
}

const endpointName = ({ entry, request }: EndpointFigures, several: boolean): string =>
  several ? `${entry} ${request}` : request

function chainText(chain: readonly string[]): string {
  if (chain.length <= 8) return chain.join(' → ')
  return [...chain.slice(0, 4), `… ${chain.length - 7} more …`, ...chain.slice(-3)].join(' → ')
}

/** `2 warnings, 4 notes`. */
export function countText(findings: readonly Finding[]): string {
  const count = (severity: Finding['severity']): number => findings.filter(one => one.severity === severity).length
  return `${counted(count('warning'), 'warning')}, ${counted(count('note'), 'note')}`
}

/** The findings; of a code with many only the first ones, and of each code the hint of the first. */
export function findingsText(findings: readonly Finding[], colour: boolean): string {
  if (findings.length === 0) return 'No findings.'
  const lines = [countText(findings)]
  for (const code of new Set(findings.map(one => one.code))) {
    const ofCode = findings.filter(one => one.code === code)
    for (const [at, one] of ofCode.slice(0, FINDINGS_SHOWN).entries()) {
      const style = one.severity === 'warning' ? 'yellow' : 'cyan'
      lines.push(`  ${paint(style, one.severity.padEnd(7), colour)}  ${one.code}  ${one.message}`)
      if (at === 0) lines.push(`           ${paint('dim', `hint: ${one.hint}`, colour)}`)
    }
    const left = ofCode.length - FINDINGS_SHOWN
    if (left > 0) lines.push(`           … ${left} more of ${code}: see --json`)
  }
  return lines.join('\n')
}

/** Cells of the given columns moved to the right of their column. */
function rightAligned(rows: readonly (readonly string[])[], columns: readonly number[]): string[][] {
  return rows.map(row =>
    row.map((cell, at) => {
      if (!columns.includes(at)) return cell
      return cell.padStart(Math.max(...rows.map(one => one[at]!.length)))
    }),
  )
}

function some(names: readonly string[], max: number): string {
  const shown = names.slice(0, max).join(', ')
  return names.length > max ? `${shown}, … ${names.length - max} more` : shown
}

/** Four digits are enough to read; nothing is a dash. */
function amount(value: number): string {
  if (value === 0) return '-'
  return value < 1e9 ? String(Number(value.toPrecision(4))) : value.toExponential(1)
}
