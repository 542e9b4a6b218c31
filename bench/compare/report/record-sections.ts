import { counted, moment, NONE } from '../../report/format.ts'
import { type Content, html } from '../../report/html.ts'
import { code, name, verdict } from '../../report/parts/marks.ts'
import { pairs, type Section } from '../../report/parts/section.ts'
import { type Column, table } from '../../report/parts/table.ts'
import type { CompareResult } from '../result.ts'
import { reasonText, spanText, valueText } from '../text.ts'

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
