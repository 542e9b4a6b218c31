import { benchCommand } from '../support/bench-command.ts'
import type { Option } from '../support/options.ts'
import { installPeers } from '../support/peers.ts'
import { type Environment, environment, writeResult } from '../support/results.ts'
import { type BaselineRow, compareRows, formatBaseline, readBaseline } from './baseline.ts'
import type { MicroPlan } from './measure.ts'
import { formatMicroReport, type MicroRow, summariseGroup } from './report.ts'
import { measureRounds } from './rounds.ts'

const OPTIONS = {
  time: { type: 'integer', doc: 'Milliseconds a case is measured in a round.', default: 20, min: 1, max: 60_000 },
  rounds: { type: 'integer', doc: 'Rounds; each measures every case in a new process.', default: 7, min: 1, max: 100 },
  only: { type: 'words', doc: 'Groups whose name contains one of these words.' },
  baseline: { type: 'file', doc: 'Compare with a result that was kept: its result.json.' },
  json: { type: 'flag', doc: 'Print the result as JSON on stdout, everything else on stderr.' },
  help: { type: 'flag', doc: 'Print this.' },
} as const satisfies Record<string, Option>

const ABOUT = `Measures the time of single operations, ours beside peers': all cases of all *.bench.ts files.
Exit codes: 0 done; 1 slower than the baseline; 2 wrong usage; 3 the measurement failed.`

/** The content of `result.json`. */
interface MicroResult {
  readonly benchmark: 'micro'
  readonly environment: Environment
  readonly plan: MicroPlan
  readonly rows: readonly MicroRow[]
  /** Beside the baseline, where there is one. */
  readonly baseline: readonly BaselineRow[] | null
  /** Bench files without cases here, and why. */
  readonly skipped: Readonly<Record<string, string>>
}

process.exitCode = await main(process.argv.slice(2))

function main(args: readonly string[]): Promise<number> {
  const usage = { command: 'npm run bench:micro -- [options]', about: ABOUT, options: OPTIONS }
  return benchCommand(usage, args, async (options, progress) => {
    const began = environment()
    const before = options.baseline === undefined ? null : readBaseline(options.baseline)
    try {
      installPeers()
    } catch (error) {
      // Ours can be measured, and compared with a baseline, without them.
      progress((error as Error).message)
    }
    const plan: MicroPlan = { timeMs: options.time, rounds: options.rounds }
    const { measured, skipped } = await measureRounds(plan, options.only, progress)
    for (const [path, why] of Object.entries(skipped)) progress(`skipped: ${path}: ${why}`)
    const groups = Map.groupBy(measured, one => one.case.group)
    const rows = [...groups.values()].flatMap(summariseGroup)
    const baseline = before && compareRows(before, rows)
    report({ benchmark: 'micro', environment: began, plan, rows, baseline, skipped }, options.json)
    return baseline?.some(row => row.verdict === 'slower') ? 1 : 0
  })
}

function report(result: MicroResult, json: boolean): void {
  const file = writeResult('bench-micro', result)
  const { node, cpu } = result.environment
  const text = `
${result.plan.rounds} rounds of ${result.plan.timeMs} ms a case; Node ${node}; ${cpu}

${formatMicroReport(result.rows)}
${result.baseline ? `${formatBaseline(result.baseline)}\n\n` : ''}result: ${file}
`
  process.stderr.write(json ? text : '')
  process.stdout.write(json ? `${JSON.stringify(result)}\n` : text)
}
