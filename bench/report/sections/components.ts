import type { LabComponentResult, LabResult } from '../../load/result.ts'
import { clock, count, counted, ms, NONE, percent } from '../format.ts'
import { type Content, type Html, html } from '../html.ts'
import { code, name } from '../parts/marks.ts'
import type { Section } from '../parts/section.ts'
import { barLegend, statusBar } from '../parts/status-bar.ts'
import { type Column, table } from '../parts/table.ts'
import { mostTroubled } from '../reading/most-troubled.ts'
import type { Refusal } from '../reading/refusals.ts'
import { STATUS_CLASSES, statusColumns, sumsOf, troubleShare } from '../reading/statuses.ts'

/** Components that the table lists at most, those with the most trouble. */
export const LISTED_MAX = 200

/** What each component answered, and which of its mechanisms refused. */
export function componentsSection(lab: LabResult, refusals: readonly Refusal[]): Section {
  return {
    id: 'components',
    title: 'Components: who answered what, and who refused why',
    short: 'Components',
    lead: [
      'Every component counts each reply it gives, once. A component that passes on a refusal shows the same status as the one ',
      'that refused; the second table tells who decided it.',
    ],
    body: [statusTable(lab.components), refusalTable(refusals)],
  }
}

type Row = readonly [name: string, component: LabComponentResult]

function statusTable(components: Readonly<Record<string, LabComponentResult>>): Html {
  const { shown, more } = mostTroubled(components, LISTED_MAX)
  const all = shown.map(([, one]) => one.statuses)
  const present = STATUS_CLASSES.filter(one => all.some(statuses => sumsOf(statuses)[one] > 0))
  return html`${table<Row>({
    id: 'component-statuses',
    caption: 'Replies of each component by status; p95 in milliseconds, as the component itself measured it',
    columns: [
      { heading: 'Component', cell: ([title, { kind }]) => [name(title), html`<span class="note">${kind}</span>`] },
      { heading: 'Replies', cell: ([, { statuses }]) => statusBar(sumsOf(statuses)) },
      { heading: 'In all', numeric: true, cell: ([, { statuses }]) => count(sumsOf(statuses).total) },
      ...statusColumns(all).map(
        ({ heading, read }): Column<Row> => ({
          heading: name(heading),
          numeric: true,
          cell: ([, { statuses }]) =>
            read(statuses) === 0 ? html`<span class="zero">0</span>` : count(read(statuses)),
        }),
      ),
      { heading: '4xx, 5xx', numeric: true, cell: ([, { statuses }]) => percent(troubleShare(sumsOf(statuses))) },
      { heading: 'p95', numeric: true, cell: ([, { latency }]) => ms(latency.p95) },
      { heading: 'Busy', numeric: true, cell: ([, { utilisation }]) => percent(utilisation) },
    ],
    rows: shown,
  })}${barLegend(present)}${more > 0 && html`<p class="note">${counted(more, 'more component')} with less trouble: result.json.</p>`}`
}

function refusalTable(refusals: readonly Refusal[]): Content {
  if (refusals.length === 0) return html`<p>No tactic and no link refused a request, gave up on one, or failed it.</p>`
  return table<Refusal>({
    id: 'refusals',
    caption: 'Who refused or failed requests by itself, the first in time first',
    columns: [
      { heading: 'Component', cell: one => name(one.component) },
      {
        heading: 'Mechanism',
        cell: one => [code(one.mechanism), html`<span class="note address">${one.address}</span>`],
      },
      { heading: 'What it did', cell: one => (one.reportOnly ? `${one.verb} (only counted: report-only)` : one.verb) },
      { heading: 'Requests', numeric: true, cell: one => count(one.count) },
      { heading: 'From', numeric: true, cell: one => (one.firstAtMs === null ? NONE : clock(one.firstAtMs)) },
      {
        heading: 'Settings',
        cell: one => (one.settings === '' ? NONE : html`<span class="settings">${code(one.settings)}</span>`),
      },
    ],
    rows: refusals.slice(0, LISTED_MAX),
  })
}
