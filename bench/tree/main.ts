import { benchCommand } from '../support/bench-command.ts'
import { type Option, UsageError } from '../support/options.ts'
import { withProcesses } from '../support/processes.ts'
import { type Environment, environment, writeResult } from '../support/results.ts'
import { type BenchPlan, measureTrees, type TreeSample } from './measure.ts'
import { formatTrees, summariseTrees, type TreeRow } from './report.ts'
import type { Threads } from './topology.ts'

const COMPONENTS_MAX = 5000
const THREADS_MAX = 256

const OPTIONS = {
  components: { type: 'words', doc: 'Sizes of the tree.', default: ['10', '100', '1000'] },
  'fan-out': { type: 'integer', doc: 'Components that an inner one calls.', default: 10, min: 1, max: 100 },
  threads: { type: 'words', doc: 'Modes: per-replica, or a number of threads.', default: ['4', 'per-replica'] },
  rounds: { type: 'integer', doc: 'Rounds; each starts every lab once.', default: 3, min: 1, max: 100 },
  requests: { type: 'integer', doc: 'Timed requests along the path.', default: 1000, min: 1, max: 1_000_000 },
  visits: { type: 'integer', doc: 'Timed requests to all components.', default: 20, min: 1, max: 10_000 },
  json: { type: 'flag', doc: 'Print the result as JSON on stdout, everything else on stderr.' },
  help: { type: 'flag', doc: 'Print this.' },
} as const satisfies Record<string, Option>

const ABOUT = `Measures trees of services from small to large: check, start, memory, time of a request, close; and counts that every
service answered what it had to. A size for which the machine has no room is left out, with the reason.
Exit codes: 0 done; 2 wrong usage; 3 nothing could be measured, or a lab failed.`

/** The content of `result.json`. */
interface TreeResult {
  readonly benchmark: 'tree'
  readonly environment: Environment
  readonly plan: BenchPlan
  readonly rows: readonly TreeRow[]
  readonly samples: readonly TreeSample[]
}

process.exitCode = await main(process.argv.slice(2))

function main(args: readonly string[]): Promise<number> {
  const usage = { command: 'npm run bench:tree -- [options]', about: ABOUT, options: OPTIONS }
  return benchCommand(usage, args, async (options, progress) => {
    const plan: BenchPlan = {
      components: sizes(options.components),
      fanOut: options['fan-out'],
      modes: modes(options.threads),
      rounds: options.rounds,
      requests: options.requests,
      visits: options.visits,
    }
    const began = environment()
    const samples = await withProcesses(processes => measureTrees(plan, processes, progress))
    report({ benchmark: 'tree', environment: began, plan, rows: summariseTrees(samples), samples }, options.json)
    return samples.some(one => one.hasFailed) || samples.every(one => one.run === null) ? 3 : 0
  })
}

function sizes(texts: readonly string[]): readonly number[] {
  const numbers = texts.map(Number)
  const isSize = (number: number): boolean => Number.isInteger(number) && number >= 1 && number <= COMPONENTS_MAX
  if (numbers.length === 0 || !numbers.every(isSize)) {
    throw new UsageError(`--components must be whole numbers from 1 to ${COMPONENTS_MAX}, not "${texts.join(',')}"`)
  }
  return numbers.sort((one, other) => one - other)
}

function modes(texts: readonly string[]): readonly Threads[] {
  const known = texts.map(text => (text === 'per-replica' ? text : Number(text)))
  const isMode = (mode: Threads): boolean =>
    mode === 'per-replica' || (Number.isInteger(mode) && mode >= 1 && mode <= THREADS_MAX)
  if (known.length === 0 || !known.every(isMode)) {
    const form = `per-replica or whole numbers from 1 to ${THREADS_MAX}`
    throw new UsageError(`--threads must be ${form}, not "${texts.join(',')}"`)
  }
  return known
}

function report(result: TreeResult, json: boolean): void {
  const file = writeResult('bench-tree', result)
  const { node, cpu, cores } = result.environment
  const { rounds, fanOut, requests, visits } = result.plan
  const text = `
${rounds} rounds; each service calls ${fanOut}; ${requests} requests along the path, ${visits} to all; Node ${node}; ${cores} × ${cpu}

${formatTrees(result.rows)}
result: ${file}
`
  process.stderr.write(json ? text : '')
  process.stdout.write(json ? `${JSON.stringify(result)}\n` : text)
}
