import type { ScenarioResult } from '../verify/result.ts'
import { moment } from './format.ts'
import { type Html, html } from './html.ts'
import { pageOf } from './page.ts'
import { name } from './parts/marks.ts'
import { rendered } from './parts/section.ts'
import { labTopologyOf } from './reading/lab-topology.ts'
import { refusalsOf } from './reading/refusals.ts'
import { marksOf } from './reading/scenario-marks.ts'
import { arrivalsSentence } from './reading/workload-words.ts'
import { comparisonSection } from './sections/comparison.ts'
import { componentsSection } from './sections/components.ts'
import { environmentSection } from './sections/environment.ts'
import { expectationsSection } from './sections/expectations.ts'
import { percentilesSection } from './sections/percentiles.ts'
import { saturationSection } from './sections/saturation.ts'
import { scenarioSection } from './sections/scenario.ts'
import { timelineSection } from './sections/timeline.ts'
import { topologySection } from './sections/topology.ts'
import { totalsSection } from './sections/totals.ts'
import { validitySection } from './sections/validity.ts'

/**
 * The report of a scenario: one HTML file that loads nothing, drawn from the result alone. Where there were several runs,
 * what follows the judgement is of the last one.
 */
export function scenarioReportHtml(result: ScenarioResult): string {
  const run = result.runs.at(-1)!
  const { load } = run
  const { lab } = load
  const topology = lab ? labTopologyOf(lab) : null
  const refusals = lab ? refusalsOf(load, lab, topology) : []
  const parts = [
    expectationsSection(result),
    scenarioSection(result),
    comparisonSection(result),
    timelineSection(load, marksOf(run)),
    totalsSection(load),
    ...(lab ? [topologySection(lab, topology, refusals), componentsSection(lab, refusals)] : []),
    percentilesSection(load),
    ...(lab ? [saturationSection(lab, load)] : []),
    validitySection(load),
    environmentSection(load),
  ]
  return pageOf({
    title: `${result.name}: scenario report`,
    header: header(result),
    contents: parts.map(({ id, short }) => [id, short] as const),
    main: parts.map(rendered),
    footer: html`<p>Written by <code>archlab verify</code>. All figures are in <code>result.json</code> beside this file.</p>`,
  })
}

function header({ name: title, runs, startedAt }: ScenarioResult): Html {
  const { workload, lab } = runs.at(-1)!.load
  return html`<p class="kicker">Scenario report</p>
<h1>${name(title)}${lab && html` on ${name(lab.name)}`}</h1>
<p class="lead">${arrivalsSentence(workload.arrivals)}. <span class="started">${moment(startedAt)}</span></p>`
}
