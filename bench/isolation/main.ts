import { benchCommand } from '../support/bench-command.ts'
import type { Option } from '../support/options.ts'
import { withProcesses } from '../support/processes.ts'
import { type Environment, environment, writeResult } from '../support/results.ts'
import { type IsolationPlan, type Measured, measureIsolation } from './measure.ts'
import {
  formatIsolation,
  type IsolationRow,
  type JudgedAim,
  judgeIsolation,
  problemsOf,
  summariseIsolation,
} from './report.ts'
import { variants } from './variants.ts'

const OPTIONS = {
  rate: { type: 'integer', doc: 'Requests a second on each of the two routes.', default: 200, min: 1, max: 1000 },
  duration: { type: 'integer', doc: 'Seconds a variant is measured in a round.', default: 5, min: 1, max: 600 },
  warmup: { type: 'integer', doc: 'Seconds of load before each measurement.', default: 3, min: 0, max: 600 },
  rounds: { type: 'integer', doc: 'Rounds; each measures every variant once.', default: 3, min: 1, max: 100 },
  patience: { type: 'integer', doc: 'Seconds a client waits for its answer.', default: 2, min: 1, max: 60 },
  check: { type: 'flag', doc: 'End with code 1 unless every aim is met.' },
  json: { type: 'flag', doc: 'Print the result as JSON on stdout, everything else on stderr.' },
  help: { type: 'flag', doc: 'Print this.' },
} as const satisfies Record<string, Option>

const ABOUT = `Measures what one route of a gateway feels when the backend behind its other route hangs, with tactics and without.
Exit codes: 0 done; 1 an aim not met (with --check); 2 wrong usage; 3 the measurement is invalid.`

/** The content of `result.json`. */
interface IsolationResult {
  readonly benchmark: 'isolation'
  readonly environment: Environment
  readonly plan: IsolationPlan
  readonly valid: boolean
  readonly problems: readonly string[]
  readonly rows: readonly (IsolationRow & { readonly samples: Measured['samples'] })[]
  readonly aims: readonly JudgedAim[]
}

process.exitCode = await main(process.argv.slice(2))

function main(args: readonly string[]): Promise<number> {
  const usage = { command: 'npm run bench:isolation -- [options]', about: ABOUT, options: OPTIONS }
  return benchCommand(usage, args, async (options, progress) => {
    const plan: IsolationPlan = {
      perSecond: options.rate,
      durationSeconds: options.duration,
      warmupSeconds: options.warmup,
      rounds: options.rounds,
      patienceSeconds: options.patience,
    }
    const began = environment()
    const measured = await withProcesses(processes => measureIsolation(variants, plan, processes, progress))
    return report(began, plan, measured, options)
  })
}

function report(
  began: Environment,
  plan: IsolationPlan,
  measured: readonly Measured[],
  options: { json: boolean; check: boolean },
): number {
  const rows = summariseIsolation(measured)
  const judged = judgeIsolation(rows)
  const problems = problemsOf(rows)
  const result: IsolationResult = {
    benchmark: 'isolation',
    environment: began,
    plan,
    valid: problems.length === 0,
    problems,
    rows: rows.map((row, index) => ({ ...row, samples: measured[index]!.samples })),
    aims: judged,
  }
  const file = writeResult('bench-isolation', result)
  const { perSecond, durationSeconds, warmupSeconds, rounds, patienceSeconds } = plan
  const text = `
${perSecond} requests/s on each route, ${rounds} rounds of ${durationSeconds} s after ${warmupSeconds} s warm-up, clients wait ${patienceSeconds} s; Node ${began.node}; ${began.cores} × ${began.cpu}
Latencies of the healthy route, from the intended start; a request without a 200 counts as ${patienceSeconds} s.

${formatIsolation(rows, judged)}${problems.map(problem => `\nINVALID ${problem}`).join('')}
result: ${file}
`
  process.stderr.write(options.json ? text : '')
  process.stdout.write(options.json ? `${JSON.stringify(result)}\n` : text)
  if (problems.length > 0) return 3
  return options.check && judged.some(aim => !aim.met) ? 1 : 0
}
