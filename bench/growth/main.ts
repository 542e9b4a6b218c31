import { loadSeconds, type Measured, type Plan } from '../hop/measure.ts'
import { benchCommand } from '../support/bench-command.ts'
import { findLoadTool, type LoadTool } from '../support/load-tool.ts'
import { type Option, UsageError } from '../support/options.ts'
import { type Environment, environment, writeResult } from '../support/results.ts'
import { type Dimension, dimensions } from './dimensions.ts'
import { measureGrowth } from './measure.ts'
import { formatGrowth, type GrowthRow, summariseGrowth } from './report.ts'

const OPTIONS = {
  connections: { type: 'integer', doc: 'Connections of the load generator.', default: 32, min: 1, max: 1000 },
  duration: { type: 'integer', doc: 'Seconds a size is measured in a round.', default: 3, min: 1, max: 600 },
  rounds: { type: 'integer', doc: 'Rounds; each measures every size once.', default: 5, min: 1, max: 100 },
  warmup: { type: 'integer', doc: 'Seconds of load before the first round; 0 for none.', default: 5, min: 0, max: 600 },
  only: { type: 'words', doc: 'Dimensions to measure, comma-separated.' },
  json: { type: 'flag', doc: 'Print the result as JSON on stdout, everything else on stderr.' },
  help: { type: 'flag', doc: 'Print this.' },
} as const satisfies Record<string, Option>

const NAMES = dimensions.map(({ name }) => name).join(', ')
const ABOUT = `Measures how the cost of a request grows with what stands in its way, one dimension after the other.
Exit codes: 0 done; 2 wrong usage; 3 the measurement is invalid.
Dimensions: ${NAMES}.`

/** The content of `result.json`. */
interface GrowthResult {
  readonly benchmark: 'growth'
  readonly environment: Environment
  readonly plan: Plan & { readonly loadTool: LoadTool['name'] }
  readonly valid: boolean
  readonly dimensions: readonly (GrowthRow & { readonly samples: readonly Measured['samples'][] })[]
}

process.exitCode = await main(process.argv.slice(2))

function main(args: readonly string[]): Promise<number> {
  const usage = { command: 'npm run bench:growth -- [options]', about: ABOUT, options: OPTIONS }
  return benchCommand(usage, args, async (options, progress) => {
    const chosen = choose(options.only)
    const tool = findLoadTool()
    const { connections, rounds } = options
    const plan: Plan = { connections, rounds, durationSeconds: options.duration, warmupSeconds: options.warmup }
    const labs = chosen.flatMap(({ sizes }) => sizes).length
    progress(`${labs} labs, ${tool.name}: about ${Math.ceil(loadSeconds(labs, plan) / 60) + 1} minutes`)
    const began = environment()
    const grown = await measureGrowth(chosen, plan, tool, progress)
    const rows = summariseGrowth(grown)
    const result: GrowthResult = {
      benchmark: 'growth',
      environment: began,
      plan: { ...plan, loadTool: tool.name },
      valid: rows.every(row => row.points.every(point => point.problems.length === 0)),
      dimensions: rows.map((row, index) => ({ ...row, samples: grown[index]!.points.map(point => point.samples) })),
    }
    report(result, options.json)
    return result.valid ? 0 : 3
  })
}

function choose(only: readonly string[]): readonly Dimension[] {
  const unknown = only.find(name => !dimensions.some(dimension => dimension.name === name))
  if (unknown !== undefined) throw new UsageError(`no dimension "${unknown}"; there are ${NAMES}`)
  return only.length === 0 ? dimensions : dimensions.filter(({ name }) => only.includes(name))
}

function report(result: GrowthResult, json: boolean): void {
  const file = writeResult('bench-growth', result)
  const { node, cpu, cores } = result.environment
  const { loadTool, connections, rounds, durationSeconds, warmupSeconds } = result.plan
  const text = `
${loadTool}, ${connections} connections, ${rounds} rounds of ${durationSeconds} s after ${warmupSeconds} s warm-up; Node ${node}; ${cores} × ${cpu}

${formatGrowth(result.dimensions)}

result: ${file}
`
  process.stderr.write(json ? text : '')
  process.stdout.write(json ? `${JSON.stringify(result)}\n` : text)
}
