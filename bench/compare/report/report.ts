import { moment } from '../../report/format.ts'
import { type Html, html } from '../../report/html.ts'
import { pageOf } from '../../report/page.ts'
import { name } from '../../report/parts/marks.ts'
import { rendered } from '../../report/parts/section.ts'
import type { CompareResult } from '../result.ts'
import { modelsSection } from './models-section.ts'
import { methodSection, runsSection } from './record-sections.ts'
import { answerSection, armsSection, insideSection, shiftSection } from './sections.ts'

/** The report of a comparison: one HTML file that loads nothing, drawn from the result alone. */
export function compareHtml(result: CompareResult): string {
  const parts = [
    answerSection(result),
    armsSection(result),
    shiftSection(result),
    insideSection(result),
    ...(result.models.length > 0 ? [modelsSection(result)] : []),
    runsSection(result),
    methodSection(result),
  ]
  return pageOf({
    title: `${result.name}: comparison`,
    header: header(result),
    contents: parts.map(({ id, short }) => [id, short] as const),
    main: parts.map(rendered),
    footer: html`<p>Written by <code>archlab compare</code>. All figures are in <code>result.json</code> beside this file.</p>`,
  })
}

function header({ name: title, question, arms, blocks, workload, startedAt }: CompareResult): Html {
  const others = arms.slice(1).map(arm => arm.name)
  return html`<p class="kicker">Comparison</p>
<h1>${question === null ? name(title) : question}</h1>
<p class="lead">${others.join(', ')} compared with ${arms[0]!.name}: ${blocks} runs each of workload ${name(workload)}. <span class="started">${moment(startedAt)}</span></p>`
}
