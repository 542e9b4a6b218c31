import { benchCommand } from '../support/bench-command.ts'
import { findLoadTool } from '../support/load-tool.ts'
import type { Option } from '../support/options.ts'
import { withProcesses } from '../support/processes.ts'
import { environment, writeResult } from '../support/results.ts'
import { ratioByRound, spread } from '../support/statistics.ts'
import { formatCount, formatFixed, formatRange, formatRatio, formatTable } from '../support/table.ts'
import { type Measured, measureOverhead, type OverheadPlan } from './measure.ts'

const OPTIONS = {
  duration: { type: 'integer', doc: 'Seconds a variant is measured in a round.', default: 5, min: 1, max: 600 },
  warmup: { type: 'integer', doc: 'Seconds of load before the first measurement.', default: 12, min: 1, max: 600 },
  rounds: { type: 'integer', doc: 'Rounds; each measures every variant once.', default: 5, min: 1, max: 100 },
  connections: { type: 'integer', doc: 'Connections of the load.', default: 32, min: 1, max: 1000 },
  json: { type: 'flag', doc: 'Print the result as JSON on stdout, everything else on stderr.' },
  help: { type: 'flag', doc: 'Print this.' },
} as const satisfies Record<string, Option>

const ABOUT = `Measures what recording profiles costs: a chain of five components under load, recorded and not, in turn.
Exit codes: 0 done; 2 wrong usage; 3 the measurement failed.`

process.exitCode = await main(process.argv.slice(2))

function main(args: readonly string[]): Promise<number> {
  const usage = { command: 'npm run bench:profile -- [options]', about: ABOUT, options: OPTIONS }
  return benchCommand(usage, args, async (options, progress) => {
    const plan: OverheadPlan = {
      rounds: options.rounds,
      durationSeconds: options.duration,
      warmupSeconds: options.warmup,
      connections: options.connections,
    }
    const began = environment()
    const tool = findLoadTool()
    const measured = await withProcesses(processes => measureOverhead(plan, tool, processes, progress))
    const result = { benchmark: 'profile', environment: began, plan, tool: tool.name, measured }
    const file = writeResult('bench-profile', result)
    const text = `\n${tool.name}, ${plan.connections} connections; ${plan.rounds} rounds of ${plan.durationSeconds} s\n\n${tableOf(measured)}\n\nresult: ${file}\n`
    process.stderr.write(options.json ? text : '')
    process.stdout.write(options.json ? `${JSON.stringify(result)}\n` : text)
    return 0
  })
}

function tableOf(measured: readonly Measured[]): string {
  const [nothing] = measured
  return formatTable(
    [
      { title: 'recorded' },
      { title: 'requests/s', align: 'right' },
      { title: 'min..max', align: 'right' },
      { title: 'times nothing', align: 'right' },
      { title: 'CPU µs a request', align: 'right' },
      { title: 'times nothing', align: 'right' },
    ],
    measured.map(({ variant, perSecond, cpuMicrosPerRequest }) => [
      variant.name,
      formatCount(spread(perSecond).median),
      formatRange(spread(perSecond)),
      formatRatio(ratioByRound(perSecond, nothing!.perSecond)),
      formatFixed(spread(cpuMicrosPerRequest).median, 1),
      formatRatio(ratioByRound(cpuMicrosPerRequest, nothing!.cpuMicrosPerRequest)),
    ]),
  )
}
