import type { ScenarioResult } from '../../verify/result.ts'
import { clock, counted } from '../format.ts'
import { type Content, type Html, html } from '../html.ts'
import { code } from '../parts/marks.ts'
import { pairs, type Section } from '../parts/section.ts'
import { table } from '../parts/table.ts'
import { type Moment, momentsOf } from '../reading/scenario-marks.ts'

/** The six parts of the scenario, and what was done when. */
export function scenarioSection({ scenario, runs }: ScenarioResult): Section {
  const { source, stimulus, artifact, response, expect, repeat } = scenario
  const moments = momentsOf(runs.at(-1)!)
  const some = (text: string | null): Content => text ?? 'not said'
  return {
    id: 'scenario',
    title: 'The scenario',
    short: 'Scenario',
    lead: 'Who asks for what, under which circumstances, of which part of the system, and what it should do.',
    body: [
      pairs([
        ['Source', some(source)],
        ['Stimulus', html`the workload ${code(stimulus)}`],
        ['Environment', moments.length === 0 ? 'nothing is done to the lab' : 'see below'],
        ['Artifact', some(artifact)],
        ['Response', some(response)],
        ['Response measures', counted(expect.length, 'expectation')],
        ...(repeat > 1 ? [['Runs', String(runs.length)] as const] : []),
      ]),
      moments.length > 0 && momentTable(moments),
    ],
  }
}

function momentTable(moments: readonly Moment[]): Html {
  const rows = moments.map((moment, at) => ({ ...moment, number: at + 1 }))
  return table<Moment & { number: number }>({
    id: 'moments',
    caption: 'What was done to the lab, and what happened to it; the numbers are those of the charts',
    columns: [
      { heading: 'No.', numeric: true, cell: one => one.number },
      { heading: 'From', numeric: true, cell: one => clock(one.atMs, true) },
      { heading: 'Until', numeric: true, cell: one => (one.untilMs === null ? '' : clock(one.untilMs, true)) },
      { heading: 'What', cell: one => code(one.what) },
      { heading: 'Whom', cell: one => one.whom },
      { heading: 'Outcome', cell: one => one.outcome },
    ],
    rows,
  })
}
