import type { Cell, ComparisonRow, ScenarioResult } from '../../verify/result.ts'
import { type Content, type Html, html } from '../html.ts'
import { differenceText, figureText, intervalText } from '../parts/figure-text.ts'
import { name } from '../parts/marks.ts'
import type { Section } from '../parts/section.ts'
import { table } from '../parts/table.ts'

/** Theory, simulation and measurement side by side. */
export function comparisonSection({ comparison, remarks }: Pick<ScenarioResult, 'comparison' | 'remarks'>): Section {
  return {
    id: 'comparison',
    title: 'Theory, simulation and measurement',
    short: 'Theory and measurement',
    lead: [
      'Theory is worked out from the declared times, the simulation runs the same tactics in simulated time, and the lab was ',
      'measured. Where the three agree, the model explains the system; where they do not, something is at work that the ',
      'model leaves out.',
    ],
    body: threeColumns('columns', CAPTION, { comparison, remarks }),
  }
}

const CAPTION = 'Three ways to the same figure; differences are shares of the theory’s or the simulation’s figure'

/** The table, and what models leave out below it. */
export function threeColumns(
  id: string,
  caption: string,
  { comparison, remarks }: Pick<ScenarioResult, 'comparison' | 'remarks'>,
): Content {
  return [
    table<ComparisonRow>({
      id,
      caption,
      columns: [
        { heading: 'Measure', cell: row => name(row.measure) },
        { heading: 'Theory', numeric: true, cell: row => cellOf(row.theory, row) },
        { heading: 'Simulation', numeric: true, cell: row => cellOf(row.simulation, row) },
        { heading: 'Measured', numeric: true, cell: row => cellOf(row.measurement, row) },
        {
          heading: 'Against theory',
          numeric: true,
          cell: row => differenceText(row.measurement.value, row.theory.value),
        },
        {
          heading: 'Against simulation',
          numeric: true,
          cell: row => differenceText(row.measurement.value, row.simulation.value),
        },
      ],
      rows: comparison,
    }),
    remarks.length > 0 && html`<ul>${remarks.map(remark => html`<li>${remark}</li>\n`)}</ul>`,
  ]
}

function cellOf({ value, interval, note }: Cell, { unit }: ComparisonRow): Content {
  const below = [intervalText(interval, unit), note ?? ''].filter(text => text !== '').join('; ')
  return [figureText(value, unit), below !== '' && small(below)]
}

const small = (text: string): Html => html`<span class="note">${text}</span>`
