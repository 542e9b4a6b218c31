import type { GeneratorHealth, LoadResult, ValidityCheck } from '../../load/result.ts'
import { count, duration, number, percent, words } from '../format.ts'
import { type Content, type Html, html } from '../html.ts'
import { name, type Tone, verdict } from '../parts/marks.ts'
import type { Section } from '../parts/section.ts'
import { table } from '../parts/table.ts'

/** Whether the load generator did what it was told, and how that was checked. */
export function validitySection({ generator, validity }: LoadResult): Section {
  return {
    id: 'validity',
    title: 'Load generator and validity',
    short: 'Validity',
    lead: [
      'A measurement only counts when the load was really offered as declared. These checks look at the load generator, ',
      'not at the system under test.',
    ],
    body: [
      validity.checks.length === 0 ? html`<p>No check was made.</p>` : checkTable(validity.checks),
      healthTable(generator),
    ],
  }
}

const TONES: Readonly<Record<ValidityCheck['verdict'], Tone>> = {
  passed: 'good',
  failed: 'bad',
  'not applicable': 'plain',
}

function checkTable(checks: readonly ValidityCheck[]): Html {
  return table<ValidityCheck>({
    id: 'checks',
    caption: 'Checks of the measurement',
    compact: true,
    columns: [
      { heading: 'Check', cell: check => name(check.name) },
      { heading: 'Verdict', cell: check => verdict(TONES[check.verdict], check.verdict) },
      { heading: 'What was found', cell: check => [html`<p class="found">${check.explanation}</p>`, figures(check)] },
    ],
    rows: checks,
  })
}

function figures({ figures: found }: ValidityCheck): Content {
  const entries = Object.entries(found)
  if (entries.length === 0) return null
  const items = entries.map(([key, value]) => {
    const { term, text } = figure(key, value)
    return html`<div><dt>${term}</dt><dd>${text}</dd></div>\n`
  })
  return html`<dl class="figures-of-check">
${items}</dl>`
}

/** Units stand at the end of a figure's name, as everywhere in results. */
const UNITS: readonly (readonly [ending: RegExp, format: (value: number) => string])[] = [
  [/Ms$/, duration],
  [/(?:Ratio|Share)$/, percent],
]

/** A figure of a check: its name in words, its value with its unit. */
export function figure(key: string, value: number | string | null): { term: string; text: string } {
  // The value has its unit itself.
  const term = words(key.replace(/Ms$/, ''))
  if (typeof value !== 'number') return { term, text: value ?? 'none' }
  const [, format] = UNITS.find(([ending]) => ending.test(key)) ?? [null, number]
  return { term, text: format(value) }
}

function healthTable({ busyRatio, connectionsOpened, late, dropped }: GeneratorHealth): Html {
  type Row = readonly [term: string, meaning: string, value: string]
  const rows: Row[] = [
    ['Busy', 'share of a core that its busiest thread used; near 100 % it cannot keep up', percent(busyRatio)],
    ['Connections opened', 'to the server, in the whole run', count(connectionsOpened)],
    ['Noticed late', 'arrivals that it noticed late by more than its timers’ grain, after the warm-up', count(late)],
    ['Dropped', 'arrivals that were never sent, because too many were under way, in the whole run', count(dropped)],
  ]
  return table<Row>({
    id: 'generator',
    caption: 'Health of the load generator',
    compact: true,
    columns: [
      { heading: 'Figure', cell: ([term, meaning]) => [term, html`<span class="note">${meaning}</span>`] },
      { heading: 'Value', numeric: true, cell: ([, , value]) => value },
    ],
    rows,
  })
}
