import { counted, fixed, moment, NONE } from '../../report/format.ts'
import { type Content, type Html, html } from '../../report/html.ts'
import { code, mark, name, type Tone, verdict } from '../../report/parts/marks.ts'
import { pairs, type Section } from '../../report/parts/section.ts'
import { type Column, figuresOf, table } from '../../report/parts/table.ts'
import { middle } from '../judge.ts'
import type { CompareResult, Comparison, MeasureResult, Mechanism, QuantileShift } from '../result.ts'
import {
  changeOf,
  changeText,
  estimateText,
  reasonText,
  sentenceOf,
  spanText,
  valueText,
  verdictWord,
} from '../text.ts'
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
      return html`<li class="${tone}">${mark(tone)}<div><h3>${one.measure.expression}: ${verdictWord(one.measure, comparison)}</h3><p>${sentenceOf(one.measure, comparison, first)}</p></div></li>\n`
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
export function armsSection({ arms, measures }: CompareResult): Section {
  const others = arms.slice(1).map(arm => arm.name)
  const first = arms[0]!.name
  return {
    id: 'arms',
    title: 'Variants side by side',
    short: 'Side by side',
    lead: `The median of each variant’s runs, and how far the others lie from ${first}: the Hodges-Lehmann estimate with its 95 % interval.`,
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
      measureTable(`measures-${others.indexOf(arm)}`, first, arm, measures, true),
    ]),
  }
}

const figureOf = (title: string, picture: Html): Html =>
  html`<figure class="chart"><figcaption><span class="chart-title">${title}</span></figcaption>
${picture}
</figure>`

function measureTable(id: string, first: string, arm: string, rows: readonly MeasureResult[], isJudged: boolean): Html {
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
        heading: 'Change (95\u00a0% interval)',
        cell: one => estimateText(one.measure, changeOf(one.measure, of(one, arm))),
      },
      ...(isJudged ? judged : []),
    ],
    rows,
  })
}

/** Where in the distribution the difference lies. */
export function shiftSection({ quantiles, arms }: CompareResult): Section {
  const first = arms[0]!.name
  const drawn = Object.entries(quantiles).filter(([, shifts]) => shifts.length > 1)
  return {
    id: 'percentiles',
    title: 'Percentile by percentile',
    short: 'Percentiles',
    lead: 'Did every request change, or only the slowest? The line is the change at each percentile of latency, the band its 95 % interval, for that percentile alone, made from runs.',
    body:
      drawn.length === 0
        ? html`<p>There are too few runs or replies for a curve.</p>`
        : drawn.map(([arm, shifts], at) => [
            figureOf(`${arm} / ${first}`, shiftChart(`shift-${at}`, `${arm} compared with ${first}`, shifts)),
            figuresOf('The figures of this chart', shiftTable(`shift-table-${at}`, first, arm, shifts), true),
          ]),
  }
}

function shiftTable(id: string, first: string, arm: string, rows: readonly QuantileShift[]): Html {
  return table<QuantileShift>({
    id,
    caption: `Latency of ${arm} and ${first} by percentile`,
    columns: [
      { heading: 'Percentile', numeric: true, cell: ({ share }) => `p${Number((100 * share).toPrecision(4))}` },
      { heading: `${first}, ms`, numeric: true, cell: ({ firstMs }) => fixed(firstMs, 2) },
      { heading: `${arm}, ms`, numeric: true, cell: ({ armMs }) => fixed(armMs, 2) },
      {
        heading: 'Change (95\u00a0% interval)',
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
export function insideSection({ mechanisms, costs, arms }: CompareResult): Section {
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
        : names.slice(1).map((arm, at) => measureTable(`costs-${at}`, names[0]!, arm, shown, false))),
    ],
  }
}

/** Every run, used or not. */
export function runsSection({ runs, measures }: CompareResult): Section {
  const used = runs.filter(run => run.used).length
  return {
    id: 'runs',
    title: 'Runs',
    short: 'Runs',
    lead: `Each is one lab, started for it. ${counted(used, 'run')} of ${runs.length} are used; one that was invalid was made again and stands in no figure.`,
    body: table<CompareResult['runs'][number]>({
      id: 'runs-table',
      caption: 'Runs in the order of time',
      long: true,
      columns: [
        { heading: 'Block', numeric: true, cell: ({ block }) => block },
        { heading: 'Variant', cell: ({ arm }) => name(arm) },
        ...measures.map(
          ({ measure }): Column<CompareResult['runs'][number]> => ({
            heading: measure.expression,
            numeric: true,
            cell: ({ values }) => valueText(measure, values[measure.expression] ?? null),
          }),
        ),
        {
          heading: 'Used',
          cell: run =>
            run.used ? verdict('good', 'yes') : verdict('warn', reasonText(run) || 'its block has no pair'),
        },
      ],
      rows: runs,
    }),
  }
}

/** What was compared, where and how. */
export function methodSection(result: CompareResult): Section {
  const { arms, environment, seed, startedAt, elapsedMs, workload, paired, alpha, calibration } = result
  const { commit, node, cpu, cores, platform } = environment
  const patches = arms.map(({ name: arm, patches: own }): [Content, Content] => [
    name(arm),
    own.length === 0 ? 'the topology as it is' : own.map((patch, at) => [at > 0 && ', ', code(patch)]),
  ])
  const level =
    alpha < 0.05 ? `; intervals of ${Math.round(1000 * (1 - alpha)) / 10}\u00a0%, since there were several looks` : ''
  const method: [Content, Content][] = [
    ['Workload', name(workload)],
    ['Seed', code(String(seed))],
    [
      'Test',
      `${paired ? 'Wilcoxon’s signed ranks within blocks' : 'rank sums of Wilcoxon, Mann and Whitney'}, exact${level}`,
    ],
    ['Several measures', 'Holm'],
    ['Started', moment(startedAt)],
    ['Took', spanText(elapsedMs)],
    ['Commit', commit === null ? NONE : code(commit)],
    ['Machine', `${cpu}, ${cores} cores, Node.js ${node}, ${platform}`],
    ['Calibration', calibration === null ? 'none for this workload on this machine' : calibrationText(calibration)],
  ]
  return {
    id: 'method',
    title: 'Patches and method',
    short: 'Method',
    lead: 'What was changed, and what it takes to do the same again.',
    body: html`<div class="columns"><div><h3>Patches</h3>${pairs(patches)}</div><div><h3>Method</h3>${pairs(method)}</div></div>`,
  }
}

function calibrationText({ runs, falsePositives, measures }: NonNullable<CompareResult['calibration']>): string {
  const seen = measures.map(({ expression, detectable }) => `${expression} ${(100 * detectable).toFixed(1)}\u00a0%`)
  return `${runs} pairs of runs of one variant: ${falsePositives.times} of ${falsePositives.of} tests claimed a difference; ten runs see changes of ${seen.join(', ')}`
}
