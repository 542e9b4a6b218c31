import type { ComponentTimeline, LabResult, LoadResult } from '../../load/result.ts'
import { sparkline } from '../charts/sparkline.ts'
import { clock, count, counted, fixed, NONE, percent, rate, roundDuration } from '../format.ts'
import { type Content, type Html, html } from '../html.ts'
import { name } from '../parts/marks.ts'
import type { Section } from '../parts/section.ts'
import { type Column, figuresOf, table } from '../parts/table.ts'
import { mostTroubled } from '../reading/most-troubled.ts'
import { classOf } from '../reading/statuses.ts'
import { chunks, highest, mean, sum } from '../reading/steps.ts'

/** Components that are drawn at most. */
const DRAWN_MAX = 40
/** Intervals and components of the tables of figures at most. */
const TABLE_STEPS_MAX = 60
const TABLE_COMPONENTS_MAX = 20

/** Where it got tight: work, busy time and queues of each component over time. */
export function saturationSection(lab: LabResult, result: LoadResult): Section {
  const { timeline } = result
  return {
    id: 'saturation',
    title: 'Queues and utilisation over time',
    short: 'Queues and utilisation',
    lead: [
      'What is busy nearly all of the time makes requests wait, and a queue that only grows is never worked off. ',
      `Each picture shows the whole run, ${roundDuration(timeline.intended.length * timeline.stepMs)}.`,
    ],
    body: rowsOf(lab, result),
  }
}

/** What a component did, interval by interval. */
interface Samples {
  readonly name: string
  readonly replies: readonly number[]
  /** Of these the replies with 4xx, 5xx or an undefined status. */
  readonly troubled: readonly number[]
  readonly utilisation: readonly (number | null)[]
  readonly queueLength: readonly (number | null)[]
}

function samplesOf(title: string, { statuses, utilisation, queueLength }: ComponentTimeline): Samples {
  const length = Math.max(0, ...Object.values(statuses).map(steps => steps.length))
  const added = (lists: readonly (readonly number[])[]): number[] =>
    Array.from({ length }, (_, at) => sum(lists.map(list => list[at] ?? 0)))
  const entries = Object.entries(statuses)
  return {
    name: title,
    replies: added(entries.map(([, steps]) => steps)),
    troubled: added(entries.filter(([status]) => !['2xx', '3xx'].includes(classOf(status))).map(([, steps]) => steps)),
    utilisation,
    queueLength,
  }
}

function rowsOf(lab: LabResult, { timeline }: LoadResult): Content {
  const { shown, more } = mostTroubled(lab.components, DRAWN_MAX)
  const samples = shown.flatMap(([title]) => {
    const own = Object.hasOwn(timeline.components, title) ? timeline.components[title] : undefined
    return own ? [samplesOf(title, own)] : []
  })
  if (samples.length === 0) return html`<p>The lab was not sampled during this run.</p>`
  const queues = samples.some(one => highest(one.queueLength) !== null)
  return [
    overview(samples, timeline.stepMs, queues),
    more > 0 && html`<p class="note">${counted(more, 'more component')} with less trouble: result.json.</p>`,
    figuresOf('The figures of these pictures', figureTables(samples, timeline.stepMs, queues), true),
  ]
}

function overview(samples: readonly Samples[], stepMs: number, queues: boolean): Html {
  const perSecond = 1000 / stepMs
  const columns: Column<Samples>[] = [
    { heading: 'Component', cell: one => name(one.name) },
    { heading: 'Replies per second', cell: one => repliesCell(one, perSecond) },
    { heading: 'Busy share of its thread, 0 to 100 %', cell: utilisationCell },
  ]
  if (queues) columns.push({ heading: 'Queue length', cell: queueCell })
  return table({
    id: 'saturation-overview',
    caption: 'Replies and queues are drawn up to their own highest value; hatched: 4xx and 5xx',
    columns,
    rows: samples,
  })
}

const spark = (picture: Html, figures: Content): Html =>
  html`<div class="spark-cell">${picture}<span class="spark-figures">${figures}</span></div>`

function repliesCell({ replies, troubled }: Samples, perSecond: number): Content {
  const max = highest(replies) ?? 0
  const bad = sum(troubled)
  const all = sum(replies)
  const series = [
    { values: replies, className: 'work' },
    ...(bad > 0 ? [{ values: troubled, className: 'trouble', bare: true as const }] : []),
  ]
  return spark(sparkline(series, max), [
    `max ${rate(max * perSecond)}`,
    html`<br />`,
    bad > 0 ? `${percent(bad / all)} 4xx, 5xx` : 'no errors',
  ])
}

function utilisationCell({ utilisation }: Samples): Content {
  if (highest(utilisation) === null) return NONE
  return spark(sparkline([{ values: utilisation, className: 'busy' }], 1), [
    `max ${percent(highest(utilisation))}`,
    html`<br />`,
    `mean ${percent(mean(utilisation))}`,
  ])
}

function queueCell({ queueLength }: Samples): Content {
  const max = highest(queueLength)
  if (max === null) return html`<span class="zero">no queue</span>`
  const last = queueLength.findLast(value => value !== null) ?? null
  return spark(sparkline([{ values: queueLength, className: 'queue' }], max), [
    `max ${count(max)}`,
    html`<br />`,
    `at the end ${fixed(last, 0)}`,
  ])
}

function figureTables(all: readonly Samples[], stepMs: number, queues: boolean): Content {
  const samples = all.slice(0, TABLE_COMPONENTS_MAX)
  const steps = Math.max(...samples.map(one => Math.max(one.replies.length, one.utilisation.length)))
  const size = Math.max(1, Math.ceil(steps / TABLE_STEPS_MAX))
  const rows = chunks(steps, size)
  const each = `each row is ${roundDuration(size * stepMs)}`
  const matrix = (id: string, caption: string, cell: (one: Samples, from: number, to: number) => Content): Html =>
    table<[number, number]>({
      id,
      caption: `${caption}; ${each}`,
      long: true,
      columns: [
        { heading: 'From', numeric: true, cell: ([from]) => clock(from * stepMs, stepMs % 1000 !== 0) },
        ...samples.map(
          (one): Column<[number, number]> => ({
            heading: name(one.name),
            numeric: true,
            cell: ([from, to]) => cell(one, from, to),
          }),
        ),
      ],
      rows,
    })
  const peak = (values: readonly (number | null)[], from: number, to: number): number | null =>
    highest(values.slice(from, to))
  return [
    matrix('replies-over-time', 'Replies', (one, from, to) => count(sum(one.replies.slice(from, to)))),
    matrix('troubled-over-time', 'Replies with 4xx or 5xx', (one, from, to) =>
      count(sum(one.troubled.slice(from, to))),
    ),
    matrix('busy-over-time', 'Highest busy share', (one, from, to) => percent(peak(one.utilisation, from, to))),
    queues && matrix('queue-over-time', 'Longest queue', (one, from, to) => fixed(peak(one.queueLength, from, to), 0)),
  ]
}
