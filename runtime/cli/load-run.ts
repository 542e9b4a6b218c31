import {
  assertReachable,
  type Display,
  type LoadOptions,
  type LoadOutcome,
  type LoadPlan,
  openDisplay,
  planLoad,
  ResultFolder,
  runLoad,
  type Screen,
  summaryText,
  titleOf,
  writePlan,
} from '@archlab/bench/load'
import { ArchlabError, systemClock } from '../kit/index.ts'
import { formatProblems, type OptionText, problemsJson, type Topology } from '../topology/index.ts'
import type { LoadCommandOptions } from './load-command-options.ts'
import { type OpenedLab, openLab } from './load-lab.ts'
import { colourOn, EXIT, emitJson } from './output.ts'
import { Stop } from './stop.ts'
import { readTopology } from './topology-options.ts'

/** Carries out `archlab load`; sets the process's exit code. */
export async function runLoadCommand(workload: string | undefined, options: LoadCommandOptions): Promise<void> {
  const asked = optionsOf(workload, options)
  const needsTopology = asked.url === undefined || asked.workload !== undefined
  const topology = needsTopology ? await readTopology(options) : null
  if (needsTopology && !topology) return
  const plan = checkedPlan(asked, topology, options)
  if (!plan) return
  if (options.plan !== undefined) exportPlan(plan, options.plan, options)
  else await run(plan, topology, options)
}

/** The options as texts with the names that people know them by. */
function optionsOf(workload: string | undefined, options: LoadCommandOptions): LoadOptions {
  const text = (option: string, value: string | undefined): OptionText | undefined =>
    value === undefined ? undefined : { option, text: value }
  const isAddress = workload !== undefined && /^https?:\/\//i.test(workload)
  if (isAddress && options.url !== undefined) {
    throw new ArchlabError('CLI_USAGE', 'there are two addresses', { hint: 'leave out --url or the other one' })
  }
  const { connections, users } = options
  if (connections !== undefined && users !== undefined) {
    throw new ArchlabError('CLI_USAGE', '--users and --connections are the same', { hint: 'leave one of them out' })
  }
  return {
    workload: isAddress ? undefined : workload,
    url: text('--url', isAddress ? workload : options.url),
    connections: text('--connections', connections) ?? text('--users', users),
    rate: text('--rate', options.rate),
    constant: options.constant === true,
    requests: text('--requests', options.requests),
    duration: text('--duration', options.duration),
    warmup: text('--warmup', options.warmup),
    timeout: text('--timeout', options.timeout),
    method: text('--method', options.method),
    headers: options.header.map(field => ({ option: '--header', text: field })),
    data: text('--data', options.data),
    insecure: options.insecure === true,
    trace: text('--trace', options.trace),
    thresholds: options.threshold.map(one => ({ option: '--threshold', text: one })),
    seed: options.seed,
  }
}

/** The plan; `null` (and exit code 2) after problems, which are told. */
export function checkedPlan(
  asked: LoadOptions,
  topology: Topology | null,
  { json }: Pick<LoadCommandOptions, 'json'>,
): LoadPlan | null {
  const { plan, problems, sources } = planLoad(asked, topology)
  if (problems.length > 0) {
    if (json) emitJson({ event: 'problems', problems: problemsJson(problems) })
    process.stderr.write(`${formatProblems(problems, sources, { colour: colourOn(process.stderr) })}\n`)
  }
  if (!plan) process.exitCode = EXIT.usage
  return plan
}

function exportPlan({ job }: LoadPlan, file: string, { json }: LoadCommandOptions): void {
  if (job.workload.arrivals.type === 'closed') {
    const hint = 'give a --rate: the arrivals of an open loop do not depend on replies'
    throw new ArchlabError('CLI_USAGE', 'a closed loop has no plan: its requests follow the replies', { hint })
  }
  let arrivals: number
  try {
    arrivals = writePlan(file, job)
  } catch (cause) {
    throw new ArchlabError('CLI_USAGE', `cannot write ${file}: ${(cause as Error).message}`, { cause })
  }
  if (json) emitJson({ event: 'plan', file, arrivals, seed: job.seed })
  else process.stdout.write(`${arrivals} arrivals with seed ${job.seed} are in ${file}; --trace ${file} replays them\n`)
}

async function run(plan: LoadPlan, topology: Topology | null, options: LoadCommandOptions): Promise<void> {
  const stop = new Stop().signal
  const folder = new ResultFolder(options.output, plan.shown.name, new Date())
  let display: Display | undefined
  const note = (text: string): void => (display ? display.note(text) : void process.stderr.write(`${text}\n`))
  let lab: OpenedLab | null = null
  try {
    if (plan.entry === null) await assertReachable(plan.job.origin)
    else lab = await openLab(topology!, { controlPort: options.controlPort, fresh: options.fresh === true, stop, note })
    const title = titleOf(plan, lab)
    display = openDisplay(screen(), systemClock, title)
    const rawFile = options.raw ? folder.file('raw.csv') : null
    const outcome = await runLoad({
      plan,
      topology,
      lab,
      rawFile,
      display,
      averageEvery: options.runningAverages,
      stop,
    })
    folder.write(outcome.result)
    show(outcome, plan, { title, folder, json: options.json === true })
    process.exitCode = exitCodeOf(outcome)
  } catch (error) {
    folder.discard()
    // A lab that is told to close while it starts fails because of that.
    if (!stop.aborted || display) throw error
    process.stderr.write('ended before the load began; nothing was measured\n')
    process.exitCode = EXIT.invalid
  } finally {
    display?.close()
    await lab?.close()
  }
}

/** Standard error; some terminals say that they have no size. */
export const screen = (): Screen => ({
  isTerminal: process.stderr.isTTY === true && process.env.TERM !== 'dumb',
  get columns() {
    return process.stderr.columns || 80
  },
  get rows() {
    return process.stderr.rows || 24
  },
  write: text => void process.stderr.write(text),
})

function show(outcome: LoadOutcome, plan: LoadPlan, how: { title: string; folder: ResultFolder; json: boolean }): void {
  const { result, report, failure } = outcome
  const { title, folder, json } = how
  if (failure !== null) process.stderr.write(`${failure}\n`)
  if (json) {
    emitJson(result)
    process.stderr.write(`results are in ${folder.path}\n`)
    return
  }
  const { thresholds, entry } = plan
  const colour = colourOn(process.stdout)
  const text = summaryText({ title, result, report, thresholds, entry, colour })
  process.stdout.write(`${text}\n\nreport: ${folder.file('report.html')}\n`)
}

/** The worst that there is to say of a run decides. */
function exitCodeOf({ result, failure }: LoadOutcome): number {
  if (failure !== null) return EXIT.failed
  if (!result.complete || result.validity.verdict === 'invalid') return EXIT.invalid
  return result.thresholds.every(({ met }) => met) ? EXIT.done : EXIT.notMet
}
