import { benchCommand } from '../support/bench-command.ts'
import { type Option, UsageError } from '../support/options.ts'
import { withProcesses } from '../support/processes.ts'
import { type Environment, environment, writeResult } from '../support/results.ts'
import { kinds, measureSizes, type SizePlan, type SizeSample } from './measure.ts'
import { formatSizes, type SizeRow, summariseSizes } from './report.ts'

const REPLICAS_MAX = 1000

const OPTIONS = {
  replicas: { type: 'words', doc: 'Numbers of replicas.', default: ['1', '10', '50', '100'] },
  kinds: { type: 'words', doc: `Kinds, of ${Object.keys(kinds).join(', ')}.`, default: ['hello', 'microservice'] },
  rounds: { type: 'integer', doc: 'Rounds; each starts every lab once.', default: 3, min: 1, max: 100 },
  json: { type: 'flag', doc: 'Print the result as JSON on stdout, everything else on stderr.' },
  help: { type: 'flag', doc: 'Print this.' },
} as const satisfies Record<string, Option>

const ABOUT = `Measures what one more replica costs: resident memory of the lab's processes, and time until the lab is ready.
Exit codes: 0 done; 2 wrong usage; 3 the measurement failed.`

/** The content of `result.json`. */
interface SizeResult {
  readonly benchmark: 'size'
  readonly environment: Environment
  readonly plan: SizePlan
  readonly rows: readonly SizeRow[]
  readonly samples: readonly SizeSample[]
}

process.exitCode = await main(process.argv.slice(2))

function main(args: readonly string[]): Promise<number> {
  const usage = { command: 'npm run bench:size -- [options]', about: ABOUT, options: OPTIONS }
  return benchCommand(usage, args, async (options, progress) => {
    const plan = { kinds: checkKinds(options.kinds), replicas: checkReplicas(options.replicas), rounds: options.rounds }
    const began = environment()
    const samples = await withProcesses(processes => measureSizes(plan, processes, progress))
    report({ benchmark: 'size', environment: began, plan, rows: summariseSizes(samples), samples }, options.json)
    return 0
  })
}

function checkKinds(names: readonly string[]): readonly string[] {
  const unknown = names.find(name => !Object.hasOwn(kinds, name))
  if (unknown !== undefined) throw new UsageError(`no kind "${unknown}"; there are ${Object.keys(kinds).join(', ')}`)
  if (names.length === 0) throw new UsageError('--kinds names no kind')
  return names
}

function checkReplicas(texts: readonly string[]): readonly number[] {
  const numbers = texts.map(Number)
  if (
    numbers.length === 0 ||
    numbers.some(number => !Number.isInteger(number) || number < 1 || number > REPLICAS_MAX)
  ) {
    throw new UsageError(`--replicas must be whole numbers from 1 to ${REPLICAS_MAX}, not "${texts.join(',')}"`)
  }
  return numbers
}

function report(result: SizeResult, json: boolean): void {
  const file = writeResult('bench-size', result)
  const { node, cpu, cores } = result.environment
  const text = `
${result.plan.rounds} rounds; Node ${node}; ${cores} × ${cpu}

${formatSizes(result.rows)}
result: ${file}
`
  process.stderr.write(json ? text : '')
  process.stdout.write(json ? `${JSON.stringify(result)}\n` : text)
}
