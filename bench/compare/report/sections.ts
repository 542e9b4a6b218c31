import { fixed, NONE } from '../../report/format.ts'
import { type Html, html } from '../../report/html.ts'
import { mark, name, type Tone, verdict } from '../../report/parts/marks.ts'
import type { Section } from '../../report/parts/section.ts'
import { type Column, figuresOf, table } from '../../report/parts/table.ts'
import { middle } from '../judge.ts'
import type { CompareResult, Comparison, MeasureResult, Mechanism, QuantileShift } from '../result.ts'
import { changeOf, changeText, estimateText, levelText, sentenceOf, valueText, verdictWord } from '../text.ts'
import { effectPlot } from './effect-plot.ts'
import { shiftChart } from './shift-chart.ts'

const TONES: Readonly<Record<Comparison['verdict'], Tone>> = {
  better: 'good',
  worse: 'bad',
  equivalent: 'plain',
  inconclusive: 'warn',
}

const of = ({ comparisons }: MeasureResult, arm: string): Comparison => comparisons.find(one => one.arm === arm)!

/** The answer, in words. */
export function answerSection(result: CompareResult): Section {
  const { arms, measures, complete, ended, warnings } = result
  const first = arms[0]!.name
  const notes = [...(complete ? [] : [ended]), ...warnings].map(
    text => html`<li class="warn">${mark('warn')}<div><h3>Read this with care.</h3><p>${text}</p></div></li>\n`,
  )
  const answers = arms.slice(1).flatMap(({ name: arm }) =>
    measures.map(one => {
      const comparison = of(one, arm)
      const tone = TONES[comparison.verdict]
      return html`<li class="${tone}">${mark(tone)}<div><h3>${arms.length > 2 && `“${arm}”, `}${one.measure.expression}: ${verdictWord(one.measure, comparison)}</h3><p>${sentenceOf(one.measure, comparison, first)}</p></div></li>\n`
    }),
  )
  return {
    id: 'answer',
    title: 'Answer',
    short: 'Answer',
    lead: `Better, worse, the same for practical purposes, or not to be told from these runs: one verdict for each measure. ${ended}`,
    body: html`<ul class="findings">
${notes}${answers}</ul>`,
  }
}

/** The variants beside each other. */
export function armsSection({ arms, measures, alpha }: CompareResult): Section {
  const others = arms.slice(1).map(arm => arm.name)
  const first = arms[0]!.name
  return {
    id: 'arms',
    title: 'Variants side by side',
    short: 'Side by side',
    lead: `The median of each variant’s runs, and how far the others lie from ${first}: the Hodges-Lehmann estimate with its ${levelText(alpha)} interval.`,
    body: others.map(arm => [
      figureOf(
        `${arm} compared with ${first}`,
        effectPlot(
          `effects-${others.indexOf(arm)}`,
          `${arm} compared with ${first}`,
          measures.flatMap(one => {
            const { ratio, verdict: found } = of(one, arm)
            const { expression, margin } = one.measure
            if (ratio === null) return []
            return [
              { label: expression, verdict: found, ratio: ratio.value, interval: ratio.interval, margin: 1 + margin },
            ]
          }),
        ),
      ),
      measureTable({ id: `measures-${others.indexOf(arm)}`, first, arm, rows: measures, alpha, isJudged: true }),
    ]),
  }
}

const figureOf = (title: string, picture: Html): Html =>
  html`<figure class="chart"><figcaption><span class="chart-title">${title}</span></figcaption>
${picture}
</figure>`

interface MeasureTable {
  readonly id: string
  readonly first: string
  readonly arm: string
  readonly rows: readonly MeasureResult[]
  readonly alpha: number
  /** Whether there are verdicts: costs have none. */
  readonly isJudged: boolean
}

function measureTable({ id, first, arm, rows, alpha, isJudged }: MeasureTable): Html {
  const median = ({ measure, values }: MeasureResult, who: string): string =>
    valueText(measure, middle((values[who] ?? []).filter(value => value !== null)))
  const judged: Column<MeasureResult>[] = [
    {
      heading: 'Verdict',
      cell: one => verdict(TONES[of(one, arm).verdict], verdictWord(one.measure, of(one, arm))),
    },
    { heading: 'p, adjusted', numeric: true, cell: one => fixed(of(one, arm).pAdjusted, 3) },
    {
      heading: 'Detectable',
      numeric: true,
      cell: one => {
        const { detectable } = of(one, arm)
        return detectable === null ? NONE : changeText(one.measure, detectable).replace('+', '')
      },
    },
  ]
  return table<MeasureResult>({
    id,
    caption: `${arm} compared with ${first}`,
    columns: [
      { heading: 'Measure', cell: one => name(one.measure.expression) },
      { heading: first, numeric: true, cell: one => median(one, first) },
      { heading: arm, numeric: true, cell: one => median(one, arm) },
      {
        heading: `Change (${levelText(alpha)} interval)`,
        cell: one => estimateText(one.measure, changeOf(one.measure, of(one, arm))),
      },
      ...(isJudged ? judged : []),
    ],
    rows,
  })
}

/** Where in the distribution the difference lies. */
export function shiftSection({ quantiles, arms, alpha }: CompareResult): Section {
  const first = arms[0]!.name
  const drawn = Object.entries(quantiles).filter(([, shifts]) => shifts.length > 1)
  return {
    id: 'percentiles',
    title: 'Percentile by percentile',
    short: 'Percentiles',
    lead: `Did every request change, or only the slowest? The line is the change at each percentile of latency, the band its ${levelText(alpha)} interval, for that percentile alone, made from runs.`,
    body:
      drawn.length === 0
        ? html`<p>There are too few runs or replies for a curve.</p>`
        : drawn.map(([arm, shifts], at) => [
            figureOf(`${arm} / ${first}`, shiftChart(`shift-${at}`, `${arm} compared with ${first}`, shifts)),
            figuresOf(
              'The figures of this chart',
              shiftTable({ id: `shift-table-${at}`, first, arm, rows: shifts, alpha }),
              true,
            ),
          ]),
  }
}

interface ShiftTable extends Pick<MeasureTable, 'id' | 'first' | 'arm' | 'alpha'> {
  readonly rows: readonly QuantileShift[]
}

function shiftTable({ id, first, arm, rows, alpha }: ShiftTable): Html {
  return table<QuantileShift>({
    id,
    caption: `Latency of ${arm} and ${first} by percentile`,
    columns: [
      { heading: 'Percentile', numeric: true, cell: ({ share }) => `p${Number((100 * share).toPrecision(4))}` },
      { heading: `${first}, ms`, numeric: true, cell: ({ firstMs }) => fixed(firstMs, 2) },
      { heading: `${arm}, ms`, numeric: true, cell: ({ armMs }) => fixed(armMs, 2) },
      {
        heading: `Change (${levelText(alpha)} interval)`,
        cell: ({ ratio: { value, interval } }) =>
          estimateText(
            { expression: '', unit: 'ms', better: 'lower', margin: 0 },
            { value: value - 1, interval: interval && [interval[0] - 1, interval[1] - 1] },
          ),
      },
    ],
    rows,
  })
}

/** Which mechanism made the difference, and what it costs. */
export function insideSection({ mechanisms, costs, arms, alpha }: CompareResult): Section {
  const names = arms.map(arm => arm.name)
  const shown = costs.filter(({ values }) => Object.values(values).some(list => list.some(value => value !== null)))
  return {
    id: 'inside',
    title: 'What made the difference, and what it costs',
    short: 'Mechanisms and costs',
    lead: 'How often each status was answered and each tactic and link did something, the largest difference first; then what the lab’s processes used.',
    body: [
      mechanisms.length === 0
        ? html`<p>Statuses and decisions are the same in all variants.</p>`
        : table<Mechanism>({
            id: 'mechanisms',
            caption: 'Statuses and decisions, per 1,000 requests',
            long: true,
            columns: [
              { heading: 'What', cell: one => name(one.name) },
              ...names.map(
                (arm): Column<Mechanism> => ({
                  heading: arm,
                  numeric: true,
                  cell: ({ perThousand }) => fixed(perThousand[arm] ?? 0, 1),
                }),
              ),
            ],
            rows: mechanisms,
          }),
      ...(shown.length === 0 ? [html`<p>The system does not tell what the lab’s processes used.</p>`] : []),
      ...(shown.length === 0
        ? []
        : names
            .slice(1)
            .map((arm, at) =>
              measureTable({ id: `costs-${at}`, first: names[0]!, arm, rows: shown, alpha, isJudged: false }),
            )),
    ],
  }
}
