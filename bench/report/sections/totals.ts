import type { LoadResult, Percentiles } from '../../load/result.ts'
import { bytes, count, duration, ms, percent, rate } from '../format.ts'
import { type Html, html } from '../html.ts'
import { name } from '../parts/marks.ts'
import type { Section } from '../parts/section.ts'
import { statusBar } from '../parts/status-bar.ts'
import { type Column, table } from '../parts/table.ts'
import { CLASS_WORDS, classOf, statusColumns, statusesIn, sumsOf } from '../reading/statuses.ts'
import { sum } from '../reading/steps.ts'

/** What was sent, what came of it, and how long it took. */
export function totalsSection(result: LoadResult): Section {
  const { totals, requests } = result
  return {
    id: 'totals',
    title: 'Totals',
    short: 'Totals',
    lead: [
      'How many requests were meant to arrive, what became of each, and how long the replies took, seen by the clients.',
      result.workload.warmupMs > 0 && ' Rates and times leave the warm-up out, counts include it.',
    ],
    body: [keyFigures(result), html`<div class="columns">${outcomes(result)}${statuses(result)}</div>`]
      .concat(percentileTable(totals))
      .concat(requests.length > 0 ? requestTable(result) : []),
  }
}

function keyFigures({ totals }: LoadResult): Html {
  const { intendedPerSecond, achievedPerSecond, latency } = totals
  const sums = sumsOf(totals.statuses)
  const figures: [string, string, string][] = [
    [
      'Achieved rate',
      rate(achievedPerSecond),
      intendedPerSecond === null ? 'as fast as users asked' : `intended ${rate(intendedPerSecond)}`,
    ],
    ['Arrivals', count(totals.intended), `${bytes(totals.bytesReceived)} received`],
    [
      'Successful',
      percent(totals.intended === 0 ? null : sums['2xx'] / totals.intended),
      `${count(sums['2xx'])} with 2xx`,
    ],
    ['Median latency', duration(latency.p50), 'half were faster'],
    ['p99 latency', duration(latency.p99), `longest ${duration(latency.max)}`],
  ]
  const items = figures.map(
    ([term, value, note]) => html`<div><dt>${term}</dt><dd>${value}<span class="note">${note}</span></dd></div>\n`,
  )
  return html`<dl class="key-figures">
${items}</dl>`
}

const OUTCOMES: Readonly<Record<string, string>> = {
  replied: 'a complete HTTP reply, whatever its status',
  dropped: 'never sent, because too many were under way',
  unsent: 'not sent before the run ended',
  timeout: 'no reply in time',
  'connect refused': 'the server does not listen',
  'connect failed': 'no connection could be made',
  'connection reset': 'the server cut the connection',
  'connection closed': 'the server closed the connection instead of replying',
  'partial reply': 'the connection closed in the middle of the reply',
}

type Entry = readonly [name: string, count: number]
const byCount = (entries: Readonly<Record<string, number>>): Entry[] =>
  Object.entries(entries).sort((left, right) => right[1] - left[1])

function outcomes({ totals: { outcomes: found, intended } }: LoadResult): Html {
  return table<Entry>({
    id: 'outcomes',
    caption: 'Outcomes of all arrivals',
    columns: [
      {
        heading: 'Outcome',
        cell: ([outcome]) => [name(outcome), html`<span class="note">${OUTCOMES[outcome]}</span>`],
      },
      { heading: 'Arrivals', numeric: true, cell: ([, times]) => count(times) },
      { heading: 'Share', numeric: true, cell: ([, times]) => percent(intended === 0 ? null : times / intended) },
    ],
    rows: byCount(found),
  })
}

function statuses({ totals }: LoadResult): Html {
  const replies = sum(Object.values(totals.statuses))
  return table<Entry>({
    id: 'statuses',
    caption: 'Statuses of complete replies',
    columns: [
      {
        heading: 'Status',
        cell: ([status]) => [name(status), html`<span class="note">${CLASS_WORDS[classOf(status)]}</span>`],
      },
      { heading: 'Replies', numeric: true, cell: ([, times]) => count(times) },
      { heading: 'Share', numeric: true, cell: ([, times]) => percent(replies === 0 ? null : times / replies) },
    ],
    rows: statusesIn([totals.statuses]).map((status): Entry => [status, totals.statuses[status]!]),
  })
}

const FIGURES: readonly (readonly [string, (of: Percentiles) => number | null])[] = [
  ['mean', of => of.mean],
  ['min', of => of.min],
  ['p50', of => of.p50],
  ['p75', of => of.p75],
  ['p90', of => of.p90],
  ['p95', of => of.p95],
  ['p99', of => of.p99],
  ['p99.9', of => of.p999],
  ['p99.99', of => of.p9999],
  ['max', of => of.max],
]

function percentileTable({ latency, service, lag }: LoadResult['totals']): Html {
  type Row = readonly [string, string, Percentiles]
  const rows: Row[] = [
    ['Latency', 'from the intended start to the end of the reply', latency],
    ['Service', 'from the send to the end of the reply', service],
    ['Lag', 'from the intended start to the send', lag],
  ]
  return table<Row>({
    id: 'percentiles',
    caption: 'Percentiles in milliseconds: recorded values by nearest rank, nothing interpolated',
    columns: [
      { heading: 'Time', cell: ([term, meaning]) => [term, html`<span class="note">${meaning}</span>`] },
      { heading: 'Values', numeric: true, cell: ([, , of]) => count(of.count) },
      ...FIGURES.map(([heading, read]): Column<Row> => ({ heading, numeric: true, cell: ([, , of]) => ms(read(of)) })),
    ],
    rows,
  })
}

function requestTable({ requests, workload }: LoadResult): Html {
  type Row = LoadResult['requests'][number]
  const caption = `Each kind of request${workload.warmupMs > 0 ? ', after the warm-up' : ''}; latency in milliseconds`
  const lost = (row: Row): number => row.intended - (row.outcomes.replied ?? 0)
  return table<Row>({
    id: 'requests',
    caption,
    columns: [
      { heading: 'Request', cell: row => name(row.name) },
      { heading: 'Replies', cell: row => statusBar(sumsOf(row.statuses)) },
      { heading: 'Arrivals', numeric: true, cell: row => count(row.intended) },
      ...statusColumns(requests.map(one => one.statuses)).map(
        ({ heading, read }): Column<Row> => ({
          heading: name(heading),
          numeric: true,
          cell: row => count(read(row.statuses)),
        }),
      ),
      { heading: 'No reply', numeric: true, cell: row => count(lost(row)) },
      { heading: 'p50', numeric: true, cell: row => ms(row.latency.p50) },
      { heading: 'p95', numeric: true, cell: row => ms(row.latency.p95) },
      { heading: 'p99', numeric: true, cell: row => ms(row.latency.p99) },
      { heading: 'max', numeric: true, cell: row => ms(row.latency.max) },
    ],
    rows: requests,
  })
}
