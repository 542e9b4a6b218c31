import type { LoadResult } from '../load/result.ts'
import { duration, moment, roundDuration } from './format.ts'
import { type Html, html } from './html.ts'
import { pageOf } from './page.ts'
import { name } from './parts/marks.ts'
import { rendered } from './parts/section.ts'
import { labTopologyOf } from './reading/lab-topology.ts'
import { refusalsOf } from './reading/refusals.ts'
import { arrivalsSentence, targetText } from './reading/workload-words.ts'
import { componentsSection } from './sections/components.ts'
import { environmentSection } from './sections/environment.ts'
import { happeningMarks, happeningsSection } from './sections/happenings.ts'
import { percentilesSection } from './sections/percentiles.ts'
import { saturationSection } from './sections/saturation.ts'
import { timelineSection } from './sections/timeline.ts'
import { topologySection } from './sections/topology.ts'
import { totalsSection } from './sections/totals.ts'
import { validitySection } from './sections/validity.ts'
import { verdictSection } from './sections/verdict.ts'

/** The report of a load run: one HTML file that loads nothing, below 1 MB, drawn from the result alone. */
export function reportHtml(result: LoadResult): string {
  const { lab } = result
  const topology = lab ? labTopologyOf(lab) : null
  const refusals = lab ? refusalsOf(result, lab, topology) : []
  const happenings = lab && happeningsSection(lab)
  const parts = [
    verdictSection(result, refusals),
    totalsSection(result),
    ...(lab ? [topologySection(lab, topology, refusals), componentsSection(lab, refusals)] : []),
    ...(happenings ? [happenings] : []),
    timelineSection(result, lab ? happeningMarks(lab) : []),
    percentilesSection(result),
    ...(lab ? [saturationSection(lab, result)] : []),
    validitySection(result),
    environmentSection(result),
  ]
  return pageOf({
    title: `${result.name}: load report`,
    header: header(result),
    contents: parts.map(({ id, short }) => [id, short] as const),
    main: parts.map(rendered),
    footer: html`<p>Written by <code>archlab load</code>. All figures are in <code>result.json</code> beside this file.</p>`,
  })
}

function header(result: LoadResult): Html {
  const { workload, lab, startedAt } = result
  const on = lab ? html` on ${name(lab.name)}` : html` on ${name(targetText(workload))}`
  return html`<p class="kicker">Load report</p>
<h1>${name(result.name)}${on}</h1>
<p class="lead">${arrivalsSentence(workload.arrivals)}, for ${lengthText(result)}${workload.warmupMs > 0 && ` including ${roundDuration(workload.warmupMs)} of warm-up`}. <span class="started">${moment(startedAt)}</span></p>`
}

/** As it was declared; where it was not, or was not kept to, as it was. */
function lengthText({ complete, workload, elapsedMs }: LoadResult): string {
  return complete && workload.durationMs !== null ? roundDuration(workload.durationMs) : duration(elapsedMs)
}
