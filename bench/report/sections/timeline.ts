import type { LoadResult } from '../../load/result.ts'
import { needsLog } from '../charts/scale.ts'
import { clock, count, ms, roundDuration } from '../format.ts'
import { type Html, html, jsonForScript } from '../html.ts'
import type { Section } from '../parts/section.ts'
import { figuresOf, table } from '../parts/table.ts'
import { type Stretch, type Stretches, stretchesOf } from '../reading/steps.ts'

/** A line of a chart, as the page's script reads it. */
interface Series {
  readonly label: string
  /** A custom property of the style sheet, e.g. `--accent`. */
  readonly colour: string
  readonly width: number
  /** Lengths of dashes and gaps; empty for a solid line. */
  readonly dash: readonly number[]
  readonly values: readonly (number | null)[]
}

/** Something that happened during the run; drawn as a line, or as a stretch where it lasted. Times in seconds. */
export interface Mark {
  readonly at: number
  readonly until: number | null
  readonly label: string
}

/** A chart, as the page's script reads it. Times in seconds. */
interface Chart {
  readonly id: string
  readonly unit: string
  readonly log: boolean
  readonly times: readonly number[]
  readonly warmup: number
  readonly marks: readonly Mark[]
  readonly series: readonly Series[]
}

/** Throughput, latency and requests under way, over time. */
export function timelineSection(result: LoadResult, marks: readonly Mark[] = []): Section {
  const stretches = stretchesOf(result)
  const { stepsEach, lengthMs, list } = stretches
  const warmupMs = result.workload.warmupMs
  const charts = chartsOf(result, stretches, marks)
  return {
    id: 'timeline',
    title: 'Throughput and latency over time',
    short: 'Over time',
    lead: [
      'Each request counts in the moment in which it was meant to start, so that a stall shows in full. ',
      `One point is ${roundDuration(lengthMs)} of the run`,
      stepsEach > 1 && '; its percentiles are the highest within it',
      '.',
      warmupMs > 0 &&
        ` The shaded ${roundDuration(warmupMs)} are the warm-up, which the percentiles in the tables leave out.`,
      marks.length > 0 &&
        ' Dashed lines are what was done to the lab and what happened to it; a table above names them.',
    ],
    body:
      list.length === 0
        ? html`<p>No request was meant to start before the run ended.</p>`
        : [
            ...charts.map(chart => figureOf(chart, result)),
            figuresOf('The figures of these three charts', timelineTable(list)),
            html`<script type="application/json" id="chart-data">${jsonForScript(charts)}</script>`,
          ],
  }
}

const TITLES: Readonly<Record<string, string>> = {
  throughput: 'Throughput, requests per second',
  latency: 'Latency, milliseconds',
  'in-flight': 'Requests under way at the end of each interval',
}

function figureOf({ id, log, series }: Chart, { timeline }: LoadResult): Html {
  const keys = series.map(
    ({ label, colour, width, dash }) =>
      html`<li><svg width="26" height="10" viewBox="0 0 26 10" aria-hidden="true" focusable="false"><path class="key ${colour.slice(2)}" d="M1 5h24" stroke-width="${width}" stroke-dasharray="${dash.length > 0 ? dash.join(' ') : 'none'}" /></svg> ${label} <span class="readout" data-series="${label}"></span></li>`,
  )
  const title = [TITLES[id], log && ', logarithmic axis']
  return html`<figure class="chart" data-chart="${id}" hidden="">
<figcaption><span class="chart-title">${title}</span><ul class="legend">${keys}</ul></figcaption>
<div class="plot" role="img" aria-label="${TITLES[id]}: ${series.map(one => one.label).join(', ')} over ${roundDuration(timeline.intended.length * timeline.stepMs)}. The figures are in the table below."></div>
</figure>`
}

function chartsOf(result: LoadResult, { lengthMs, list }: Stretches, marks: readonly Mark[]): Chart[] {
  const common = { times: list.map(one => one.fromMs / 1000), warmup: result.workload.warmupMs / 1000, marks }
  const perSecond = (read: (one: Stretch) => number): (number | null)[] =>
    list.map(one => (isWhole(one, lengthMs, result.elapsedMs) ? precise((read(one) / lengthMs) * 1000) : null))
  const failed = result.timeline.failed.some(value => value > 0)
  const latency: Series[] = [
    { label: 'p50', colour: '--series-1', width: 2, dash: [], values: list.map(one => precise(one.p50)) },
    { label: 'p95', colour: '--series-2', width: 1.5, dash: [6, 3], values: list.map(one => precise(one.p95)) },
    { label: 'p99', colour: '--series-3', width: 1.5, dash: [2, 2], values: list.map(one => precise(one.p99)) },
  ]
  return [
    {
      ...common,
      id: 'throughput',
      unit: '/s',
      log: false,
      series: [
        { label: 'intended', colour: '--dim', width: 1.5, dash: [4, 3], values: perSecond(one => one.intended) },
        { label: 'replied', colour: '--series-1', width: 2, dash: [], values: perSecond(one => one.completed) },
        ...(failed
          ? [{ label: 'no reply', colour: '--bad', width: 1.5, dash: [2, 2], values: perSecond(one => one.failed) }]
          : []),
      ],
    },
    { ...common, id: 'latency', unit: ' ms', log: needsLog(latency.flatMap(one => one.values)), series: latency },
    {
      ...common,
      id: 'in-flight',
      unit: '',
      log: false,
      series: [{ label: 'under way', colour: '--series-1', width: 2, dash: [], values: list.map(one => one.inFlight) }],
    },
  ]
}

/** A run ends with its last request, a little before its time is over. */
const WHOLE_RATIO = 0.98

/** False of the last stretch when the run ended within it: its rate would look like a fall. */
const isWhole = ({ fromMs }: Stretch, lengthMs: number, elapsedMs: number): boolean =>
  fromMs + lengthMs * WHOLE_RATIO <= elapsedMs

/** A chart needs no more digits than these. */
const precise = <T extends number | null>(value: T): T => (value === null ? value : (Number(value.toPrecision(5)) as T))

function timelineTable(list: readonly Stretch[]): Html {
  const tenths = list.some(one => one.fromMs % 1000 !== 0)
  return table<Stretch>({
    id: 'timeline-figures',
    caption: 'The run over time; latency in milliseconds',
    captionHidden: true,
    long: true,
    columns: [
      { heading: 'From', numeric: true, cell: one => clock(one.fromMs, tenths) },
      { heading: 'Intended', numeric: true, cell: one => count(one.intended) },
      { heading: 'Replied', numeric: true, cell: one => count(one.completed) },
      { heading: 'No reply', numeric: true, cell: one => count(one.failed) },
      { heading: 'p50', numeric: true, cell: one => ms(one.p50) },
      { heading: 'p95', numeric: true, cell: one => ms(one.p95) },
      { heading: 'p99', numeric: true, cell: one => ms(one.p99) },
      { heading: 'Under way', numeric: true, cell: one => count(one.inFlight) },
    ],
    rows: list,
  })
}
