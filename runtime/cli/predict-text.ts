import type { Figure, Prediction, StationPrediction } from '@archlab/bench/model'
import { paint, table } from './output.ts'

const ROWS_MAX = 30
const QUANTILES = ['p50', 'p95', 'p99'] as const

/** A prediction as text for a terminal. */
export function predictionText(prediction: Prediction, file: string, colour: boolean): string {
  const { topology, workload } = prediction
  return [
    `${paint('bold', topology, colour)} (${file}), workload ${workload}: ${arrivalsText(prediction)}`,
    warningsText(prediction, colour),
    requestsText(prediction, colour),
    stationsText(prediction, colour),
    tacticsText(prediction, colour),
    systemText(prediction, colour),
    leftOutText(prediction, colour),
  ]
    .filter(part => part !== '')
    .join('\n\n')
}

function arrivalsText({ arrivals, state }: Prediction): string {
  if (arrivals.type === 'closed') return `${arrivals.users} users who think ${time(arrivals.thinkMs)}; ${state}`
  const how = { poisson: 'at random', constant: 'evenly', varying: 'on average' }[arrivals.process]
  return `${number(arrivals.perSecond)}/s ${how}; ${state}`
}

function warningsText({ warnings }: Prediction, colour: boolean): string {
  return warnings.map(text => `  ${paint('yellow', 'warning', colour)}  ${text}`).join('\n')
}

function requestsText({ requests, measures }: Prediction, colour: boolean): string {
  const rows = requests.map(({ name, perSecond, success, mean, quantiles }) => [
    name,
    success.value === null ? '-' : `${number(perSecond)}/s`,
    figure(success),
    figure(mean),
    ...QUANTILES.map(one => figure(quantiles[one]!)),
    mean.label,
  ])
  const { errors } = measures
  const good = errors!.value === null ? '-' : share(1 - errors!.value)
  const all = ['all', figure(measures.throughput!), good, figure(measures.mean!)]
  const whole = [...all, ...QUANTILES.map(one => figure(measures[one]!)), measures.mean!.label]
  const head = ['request', 'rate', 'good', 'mean', ...QUANTILES, '']
  return limited([head, ...rows, ...(rows.length > 1 ? [whole] : [])], colour)
}

function stationsText({ stations }: Prediction, colour: boolean): string {
  if (stations.length === 0) return 'No component declares work that takes time.'
  const head = ['station', 'model', 'rate', 'visits', 'demand', 'utilisation', 'wait', 'response', 'saturates at', '']
  const rows = stations.map(one => [
    one.copies > 1 ? `${one.name} ×${one.copies}` : one.name,
    one.model,
    `${number(one.perSecond)}/s`,
    number(one.visits),
    time(one.demandMs),
    busyText(one),
    figure(one.waitMs),
    figure(one.responseMs),
    one.saturatesAtPerSecond === null ? '-' : `${number(one.saturatesAtPerSecond)}/s`,
    one.responseMs.label,
  ])
  return limited([head, ...rows], colour)
}

const busyText = ({ servers, utilisation }: StationPrediction): string =>
  servers === null ? `${number(utilisation.value ?? 0)} inside` : figure(utilisation)

function tacticsText({ tactics }: Prediction, colour: boolean): string {
  const rows = tactics.flatMap(({ address, perSecond, effects }) =>
    Object.entries(effects).map(([name, one]) => [
      address.replace(/^components\./, ''),
      `${number(perSecond)}/s`,
      `${name} ${figure(one)}`,
      one.label,
    ]),
  )
  return rows.length === 0 ? '' : limited([['tactic', 'rate', 'effect', ''], ...rows], colour)
}

function systemText({ system, arrivals }: Prediction, colour: boolean): string {
  const { bottleneck, saturatesAtPerSecond, bounds } = system
  const rows = [
    ['throughput', figure(system.throughput)],
    [
      'bottleneck',
      bottleneck === null
        ? 'none: nothing that is declared ever waits'
        : bottleneckText(bottleneck, saturatesAtPerSecond),
    ],
    [
      'bounds',
      `no faster than ${time(bounds.responseMsLeast)} on average${mostText(bounds.throughputMost, arrivals.type)}`,
    ],
    ...(bounds.saturationUsers === null
      ? []
      : [['users', `queueing is certain from ${number(bounds.saturationUsers)} users on`]]),
  ]
  return rows.map(([name, value]) => `  ${paint('dim', name!.padEnd(10), colour)}  ${value}`).join('\n')
}

const bottleneckText = (name: string, limit: number | null): string =>
  limit === null ? name : `${name}, saturated at ${number(limit)}/s of this mix`

const mostText = (most: number | null, type: 'open' | 'closed'): string =>
  most === null || type === 'open' ? '' : `, at most ${number(most)}/s`

function leftOutText({ notModelled }: Prediction, colour: boolean): string {
  const byReason = new Map<string, string[]>()
  for (const { where, what, why } of notModelled) {
    const key = `${what}: ${why}`
    byReason.set(key, [...(byReason.get(key) ?? []), where.replace(/^components\./, '')])
  }
  const lines = [...byReason].map(([text, places]) => {
    const named =
      places.length > 4 ? `${places.slice(0, 4).join(', ')}, … ${places.length - 4} more` : places.join(', ')
    return `  ${named}  ${text}`
  })
  return lines.length === 0 ? '' : [paint('dim', 'not modelled', colour), ...lines].join('\n')
}

function limited(rows: readonly (readonly string[])[], colour: boolean): string {
  const shown = rows.slice(0, ROWS_MAX + 1)
  const left = rows.length - shown.length
  return [table(shown, colour), ...(left > 0 ? [`  … ${left} more: see --json`] : [])].join('\n')
}

function figure({ value, unit, label }: Figure): string {
  if (value === null) return label === 'not modelled' ? '-' : '∞'
  if (unit === 'ms') return time(value)
  if (unit === 'count') return number(value)
  return unit === 'ratio' ? share(value) : `${number(value)}/s`
}

const time = (valueMs: number): string => (valueMs >= 10_000 ? `${number(valueMs / 1000)} s` : `${number(valueMs)} ms`)
const share = (value: number): string => `${number(100 * value)} %`

/** Three significant digits; what is nearly nothing as 0. */
function number(value: number): string {
  if (Math.abs(value) < 1e-6) return '0'
  if (Math.abs(value) >= 1000) return String(Math.round(value))
  return String(Number(value.toPrecision(3)))
}
