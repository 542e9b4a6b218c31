import { startPeer } from '../hop/start-peer.ts'
import { benchCommand } from '../support/bench-command.ts'
import type { Option } from '../support/options.ts'
import { installPeers } from '../support/peers.ts'
import { withProcesses } from '../support/processes.ts'
import { type Environment, environment, writeResult } from '../support/results.ts'
import { contenders } from './generators.ts'
import { type Measured, measureGenerators, type Plan } from './measure.ts'
import { formatReport, meetsAim, type Row, summarise } from './report.ts'

const OPTIONS = {
  connections: { type: 'integer', doc: 'Connections of each generator.', default: 32, min: 1, max: 1000 },
  duration: { type: 'integer', doc: 'Seconds of a round of one generator.', default: 10, min: 1, max: 600 },
  rounds: { type: 'integer', doc: 'Rounds; each measures every generator once.', default: 5, min: 1, max: 100 },
  warmup: { type: 'integer', doc: 'Seconds of load before the first round.', default: 3, min: 0, max: 600 },
  check: { type: 'flag', doc: 'End with code 1 unless the aim is met.' },
  json: { type: 'flag', doc: 'Print the result as JSON on stdout, everything else on stderr.' },
  help: { type: 'flag', doc: 'Print this.' },
} as const satisfies Record<string, Option>

const ABOUT = `How many requests a load generator makes, and how many with a second of processor time: ours, autocannon and, where it
is installed, wrk. All load the same bare uWebSockets.js server with the same number of connections, each of which sends
its next request when the last one is answered.
Exit codes: 0 done; 1 the aim was not met (with --check); 2 wrong usage; 3 the measurement is invalid.`

/** The content of `result.json`. */
interface GeneratorsResult {
  readonly benchmark: 'load'
  readonly environment: Environment
  readonly plan: Plan
  readonly rows: readonly Row[]
  readonly measured: readonly Measured[]
}

process.exitCode = await main(process.argv.slice(2))

function main(args: readonly string[]): Promise<number> {
  const usage = { command: 'npm run bench:load -- [options]', about: ABOUT, options: OPTIONS }
  return benchCommand(usage, args, async (options, progress) => {
    installPeers()
    const { connections, rounds, duration: durationSeconds, warmup: warmupSeconds } = options
    const plan: Plan = { connections, rounds, durationSeconds, warmupSeconds }
    const began = environment()
    const measured = await withProcesses(async processes => {
      const port = await startPeer(processes, 'backend')
      const found = await measureGenerators(contenders(), `http://127.0.0.1:${port}/`, plan, progress)
      const [failure] = processes.takeFailures()
      if (failure !== undefined) throw new Error(failure)
      return found
    })
    const rows = summarise(measured)
    report({ benchmark: 'load', environment: began, plan, rows, measured }, options.json)
    if (rows.some(({ problems }) => problems.length > 0)) return 3
    return options.check && meetsAim(rows) !== true ? 1 : 0
  })
}

function report(result: GeneratorsResult, json: boolean): void {
  const file = writeResult('bench-load', result)
  const { node, cpu, cores } = result.environment
  const { connections, rounds, durationSeconds } = result.plan
  const text = `
${connections} connections, ${rounds} rounds of ${durationSeconds} s; Node ${node}; ${cores} × ${cpu}

${formatReport(result.rows)}
result: ${file}
`
  process.stderr.write(json ? text : '')
  process.stdout.write(json ? `${JSON.stringify(result)}\n` : text)
}
