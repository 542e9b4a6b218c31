import { fixed, rate } from '../../report/format.ts'
import { type Html, html } from '../../report/html.ts'
import { pageOf } from '../../report/page.ts'
import { mark, name } from '../../report/parts/marks.ts'
import { rendered, type Section } from '../../report/parts/section.ts'
import { table } from '../../report/parts/table.ts'
import { scalingChart } from './chart.ts'
import type { CapacityResult } from './result.ts'
import type { ScalePoint, Scaling } from './scaling.ts'
import type { Capacity, Probe } from './search.ts'
import { capacitySentence, fitSentences } from './text.ts'

/** The report of a search or of a scaling curve: one HTML file that loads nothing. */
export function capacityHtml({ name: title, workload, expectations, capacity, scaling, over }: CapacityResult): string {
  const parts = [
    ...(capacity ? [searchSection(capacity, expectations)] : []),
    ...(scaling ? [scalingSection(scaling, over!)] : []),
  ]
  const about = expectations.length === 0 ? '' : ` Expected: ${expectations.join('; ')}.`
  return pageOf({
    title: `${title}: capacity`,
    header: html`<p class="kicker">Capacity</p>
<h1>${name(title)}</h1>
<p class="lead">Workload ${name(workload)}.${about}</p>`,
    contents: parts.map(({ id, short }) => [id, short] as const),
    main: parts.map(rendered),
    footer: html`<p>Written by <code>archlab capacity</code>. All figures are in <code>result.json</code> beside this file.</p>`,
  })
}

function searchSection(capacity: Capacity, expectations: readonly string[]): Section {
  const tone = capacity.perSecond === null ? 'bad' : capacity.end === 'found' ? 'good' : 'warn'
  return {
    id: 'capacity',
    title: 'The highest rate',
    short: 'Highest rate',
    lead: `The highest rate at which most runs meet ${expectations.length === 1 ? 'the expectation' : 'every expectation'}, each run in a lab of its own.`,
    body: [
      html`<ul class="findings"><li class="${tone}">${mark(tone)}<div><h3>${capacity.perSecond === null ? 'No rate holds.' : rate(capacity.perSecond)}</h3><p>${capacitySentence(capacity)}</p></div></li></ul>`,
      table<Probe>({
        id: 'probes',
        caption: 'Rates that were tried',
        compact: true,
        columns: [
          { heading: 'Rate', numeric: true, cell: ({ perSecond }) => rate(perSecond) },
          { heading: 'Runs that met them', numeric: true, cell: ({ held, of }) => `${held} of ${of}` },
        ],
        rows: capacity.probes.toSorted((left, right) => left.perSecond - right.perSecond),
      }),
    ],
  }
}

function scalingSection(scaling: Scaling, over: string): Section {
  const lines = fitSentences(scaling, over).map((text): Html => html`<p>${text}</p>\n`)
  return {
    id: 'scaling',
    title: `Scaling over ${over}`,
    short: 'Scaling',
    lead: 'What more of it brings. The straight line would be as many times the first point; the curve is the Universal Scalability Law that fits the points best.',
    body: [
      html`<figure class="chart"><figcaption><span class="chart-title">Replies per second by ${over}</span></figcaption>
${scalingChart('scaling-chart', `Replies per second by ${over}`, scaling, over)}
</figure>`,
      lines,
      table<ScalePoint>({
        id: 'points',
        caption: 'Measured points',
        compact: true,
        columns: [
          { heading: over, numeric: true, cell: ({ n }) => n },
          { heading: 'Replies per second', numeric: true, cell: ({ perSecond }) => fixed(perSecond, 1) },
          { heading: 'Runs', cell: ({ runs }) => runs.map(one => one.toFixed(1)).join(', ') },
        ],
        rows: scaling.points,
      }),
    ],
  }
}
