import { type Spread, spread } from '../support/statistics.ts'
import { formatCount, formatFixed, formatTable } from '../support/table.ts'
import type { TreeRun, TreeSample } from './measure.ts'
import type { Threads } from './topology.ts'

const MEBIBYTE = 1024 * 1024

/** All rounds of one size in one mode. */
export interface TreeRow {
  readonly threads: Threads
  readonly components: number
  /** Why it was not measured; `null` when it was, in every round. */
  readonly failure: string | null
  readonly hops: number
  readonly checkMs: Spread
  readonly startMs: Spread
  /** Resident memory of the host process. */
  readonly hostBytes: Spread
  /** Threads of the host process, Node's own among them. */
  readonly hostThreads: Spread
  /** Medians of the rounds, along the path. */
  readonly pathMs: Spread
  readonly pathP95Ms: Spread
  /** Medians of the rounds, through every component. */
  readonly allMs: Spread
  readonly closeMs: Spread
}

/** One row for each mode and size, in the order in which they were first measured. */
export function summariseTrees(samples: readonly TreeSample[]): TreeRow[] {
  const groups = Map.groupBy(samples, ({ threads, components }) => `${threads} ${components}`)
  return [...groups.values()].map(same => {
    const { threads, components } = same[0]!
    const runs = same.flatMap(({ run }) => (run ? [run] : []))
    const over = (value: (run: TreeRun) => number): Spread => spread(runs.map(value))
    return {
      threads,
      components,
      failure: same.find(one => one.failure !== null)?.failure ?? null,
      hops: runs[0]?.hops ?? Number.NaN,
      checkMs: over(run => run.checkMs),
      startMs: over(run => run.startMs),
      hostBytes: over(run => run.use.residentBytes),
      hostThreads: over(run => run.use.threads),
      pathMs: over(run => run.path.medianMs),
      pathP95Ms: over(run => run.path.p95Ms),
      allMs: over(run => run.all.medianMs),
      closeMs: over(run => run.closeMs),
    }
  })
}

/** The table that people read, and below it what was not measured, and why. */
export function formatTrees(rows: readonly TreeRow[]): string {
  const right = (title: string) => ({ title, align: 'right' as const })
  const table = formatTable(
    [
      { title: 'threads' },
      right('components'),
      right('check ms'),
      right('ready after ms'),
      right('host MiB'),
      right('host threads'),
      right('hops'),
      right('path ms'),
      right('path p95 ms'),
      right('all ms'),
      right('close ms'),
    ],
    rows.map((row, index) => [
      rows[index - 1]?.threads === row.threads ? '' : String(row.threads),
      formatCount(row.components),
      formatCount(row.checkMs.median),
      formatSpread(row.startMs, 0),
      formatSpread(row.hostBytes, 0, MEBIBYTE),
      formatCount(row.hostThreads.median),
      formatCount(row.hops),
      formatSpread(row.pathMs, 2),
      formatSpread(row.pathP95Ms, 2),
      formatSpread(row.allMs, 1),
      formatCount(row.closeMs.median),
    ]),
  )
  const failures = rows.flatMap(({ threads, components, failure }) =>
    failure === null ? [] : [`${formatCount(components)} components with threads: ${threads} not measured: ${failure}`],
  )
  return `${table}\n${failures.map(one => `\n${one}\n`).join('')}`
}

function formatSpread({ median, min, max }: Spread, digits: number, unit = 1): string {
  const format = (number: number): string => formatFixed(number / unit, digits)
  return Number.isNaN(median) ? '-' : `${format(median)} (${format(min)}..${format(max)})`
}
