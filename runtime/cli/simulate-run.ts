import { type LoadOptions, type LoadPlan, NO_OPTIONS, planLoad } from '@archlab/bench/load'
import { type SimulationProgress, type SimulationResult, simulate, simulationText } from '@archlab/bench/simulate'
import { ArchlabError } from '../kit/index.ts'
import { formatProblems, type OptionText, problemsJson, type Topology } from '../topology/index.ts'
import { colourOn, EXIT, emitJson } from './output.ts'
import type { SimulateCommandOptions } from './simulate-command-options.ts'
import { Stop } from './stop.ts'
import { readTopology } from './topology-options.ts'

/** Carries out `archlab simulate`; sets the process's exit code. */
export async function runSimulateCommand(workload: string | undefined, options: SimulateCommandOptions): Promise<void> {
  const topology = await readTopology(options)
  const plan = topology && checkedPlan(workload, options, topology)
  if (!plan) return
  if (plan.entry === null) {
    const hint = 'give the workload an entry instead of a url; archlab load measures servers'
    throw new ArchlabError(
      'CLI_USAGE',
      `the workload ${plan.shown.name} goes to a server that is not of the topology`,
      { hint },
    )
  }
  const stop = new Stop().signal
  const { replications, hopCost: hopCostMs, hopTime: hopTimeMs } = options
  const progress = progressOn(process.stderr, plan)
  const result = await simulate({ plan, topology, replications, hopCostMs, hopTimeMs, stop, progress: progress.show })
  progress.close()
  tell(result, plan, options)
}

/** The plan; `null` (and exit code 2) after problems, which are told. */
function checkedPlan(
  workload: string | undefined,
  options: SimulateCommandOptions,
  topology: Topology,
): LoadPlan | null {
  const { plan, problems, sources } = planLoad(planOptions(workload, options), topology)
  if (problems.length > 0) {
    if (options.json) emitJson({ event: 'problems', problems: problemsJson(problems) })
    process.stderr.write(`${formatProblems(problems, sources, { colour: colourOn(process.stderr) })}\n`)
  }
  if (!plan) process.exitCode = EXIT.usage
  return plan
}

function planOptions(workload: string | undefined, options: SimulateCommandOptions): LoadOptions {
  const text = (option: string, value: string | undefined): OptionText | undefined =>
    value === undefined ? undefined : { option, text: value }
  return {
    ...NO_OPTIONS,
    workload,
    connections: text('--users', options.users),
    rate: text('--rate', options.rate),
    constant: options.constant === true,
    requests: text('--requests', options.requests),
    duration: text('--duration', options.duration),
    warmup: text('--warmup', options.warmup),
    timeout: text('--timeout', options.timeout),
    trace: text('--trace', options.trace),
    seed: options.seed,
  }
}

function tell(result: SimulationResult, plan: LoadPlan, { json }: SimulateCommandOptions): void {
  if (json) emitJson(result)
  else {
    const title = `${result.name}, simulated, seed ${plan.job.seed}`
    process.stdout.write(`${simulationText(result, title, colourOn(process.stdout))}\n`)
  }
  const measured = result.estimates.length > 0
  process.exitCode = result.complete && measured ? EXIT.done : EXIT.invalid
}

const REDRAW_MS = 250
/** Where lines stay, they are rarer. */
const LINE_MS = 5000

/** How far it is: a line that is written over on a terminal, elsewhere one now and then. */
function progressOn(stream: NodeJS.WriteStream, { job }: LoadPlan) {
  const { durationMs } = job.workload
  const everyMs = stream.isTTY ? REDRAW_MS : LINE_MS
  let shownAtMs = performance.now()
  let drawn = false
  return {
    show({ replication, replications, atMs, requests, events }: SimulationProgress): void {
      if (performance.now() - shownAtMs < everyMs) return
      shownAtMs = performance.now()
      const of = durationMs === null ? '' : ` of ${(durationMs / 1000).toFixed(0)}`
      const run = replications === 1 ? '' : `run ${replication + 1} of ${replications}, `
      const line = `${run}${(atMs / 1000).toFixed(0)}${of} s simulated, ${requests} requests, ${events} events`
      stream.write(stream.isTTY ? `\r\x1b[2K${line}` : `${line}\n`)
      drawn = stream.isTTY
    },
    close(): void {
      if (drawn) stream.write('\r\x1b[2K')
    },
  }
}
