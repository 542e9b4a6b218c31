import { benchCommand } from '../support/bench-command.ts'
import { type Option, UsageError } from '../support/options.ts'
import { installPeers } from '../support/peers.ts'
import { type Environment, environment, ROOT, writeResult } from '../support/results.ts'
import { type BenchCase, findBenchFiles, loadBenchFile } from './cases.ts'
import { type MicroPlan, measureGroup } from './measure.ts'
import { formatMicroReport, type MicroRow, summariseGroup } from './report.ts'

const OPTIONS = {
  time: { type: 'integer', doc: 'Milliseconds a case is measured in a round.', default: 200, min: 1, max: 60_000 },
  rounds: { type: 'integer', doc: 'Rounds; each measures every case of a group once.', default: 5, min: 1, max: 100 },
  only: { type: 'words', doc: 'Groups whose name contains one of these words.' },
  json: { type: 'flag', doc: 'Print the result as JSON on stdout, everything else on stderr.' },
  help: { type: 'flag', doc: 'Print this.' },
} as const satisfies Record<string, Option>

const ABOUT = `Measures the time of single operations, ours beside peers': all cases of all *.bench.ts files.
Exit codes: 0 done; 2 wrong usage; 3 the measurement failed.`

/** The content of `result.json`. */
interface MicroResult {
  readonly benchmark: 'micro'
  readonly environment: Environment
  readonly plan: MicroPlan
  readonly rows: readonly MicroRow[]
  /** Bench files without cases here, and why. */
  readonly skipped: Readonly<Record<string, string>>
}

process.exitCode = await main(process.argv.slice(2))

function main(args: readonly string[]): Promise<number> {
  const usage = { command: 'npm run bench:micro -- [options]', about: ABOUT, options: OPTIONS }
  return benchCommand(usage, args, async (options, progress) => {
    const began = environment()
    installPeers()
    const files = await Promise.all(findBenchFiles(ROOT).map(path => loadBenchFile(ROOT, path)))
    const skipped = Object.fromEntries(files.flatMap(file => (file.skipped ? [[file.path, file.skipped]] : [])))
    for (const [path, why] of Object.entries(skipped)) progress(`skipped: ${path}: ${why}`)
    const groups = grouped(
      files.flatMap(file => file.cases),
      options.only,
    )
    const plan: MicroPlan = { timeMs: options.time, rounds: options.rounds }
    const rows: MicroRow[] = []
    for (const [name, cases] of groups) {
      progress(`${name}: ${cases.length} cases`)
      rows.push(...summariseGroup(await measureGroup(cases, plan)))
    }
    report({ benchmark: 'micro', environment: began, plan, rows, skipped }, options.json)
    return 0
  })
}

/** Cases by group, ours before peers', only groups that were asked for. */
function grouped(cases: readonly BenchCase[], only: readonly string[]): Map<string, BenchCase[]> {
  const groups = new Map<string, BenchCase[]>()
  for (const one of [...cases].sort((a, b) => Number(b.ours) - Number(a.ours))) {
    if (only.length > 0 && !only.some(word => one.group.includes(word))) continue
    groups.set(one.group, [...(groups.get(one.group) ?? []), one])
  }
  if (groups.size === 0) {
    const names = [...new Set(cases.map(one => one.group))].join('; ')
    throw new UsageError(`no group contains ${only.map(word => `"${word}"`).join(' or ')}; there are: ${names}`)
  }
  return groups
}

function report(result: MicroResult, json: boolean): void {
  const file = writeResult('bench-micro', result)
  const { node, cpu } = result.environment
  const text = `
${result.plan.rounds} rounds of ${result.plan.timeMs} ms a case; Node ${node}; ${cpu}

${formatMicroReport(result.rows)}
result: ${file}
`
  process.stderr.write(json ? text : '')
  process.stdout.write(json ? `${JSON.stringify(result)}\n` : text)
}
