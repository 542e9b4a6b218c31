import { type Display, type LoadPlan, openDisplay, planLoad } from '@archlab/bench/load'
import {
  chosenReplicas,
  ProfileFolder,
  type ProfileOutcome,
  profileText,
  type Recorded,
  runProfile,
  writeProfile,
} from '@archlab/bench/profile'
import { ArchlabError, parseDuration, parseSize, systemClock, UnitError } from '../kit/index.ts'
import { formatProblems, type Topology } from '../topology/index.ts'
import { fetchTopology } from './control-client.ts'
import { attachedLab, type OpenedLab, openLab } from './load-lab.ts'
import { screen } from './load-run.ts'
import { colourOn, EXIT, emitJson } from './output.ts'
import type { ProfileCommandOptions } from './profile.ts'
import { Stop } from './stop.ts'
import { readTopology } from './topology-options.ts'

/** Mean distance of samples unless told otherwise: microseconds, bytes. */
const INTERVAL = { cpu: 500, heap: 32 * 1024 } as const
/** A lab that gets its load from elsewhere is recorded for so long unless told otherwise. */
const ATTACHED_MS = 10_000
/** A saturated replica is recorded for so long. */
const SATURATED_MS = 5_000
/** Nothing is recorded for longer: a profile grows with time. */
const RECORDED_MAX_MS = 3_600_000
/** An event loop that was busy for more than this share of the time between two looks is saturated. */
const SATURATION = 0.95

/** What a command line asks for, checked. */
export interface Asked {
  readonly of: Recorded
  readonly interval: number
  readonly components: readonly string[]
  readonly options: ProfileCommandOptions
}

/** Carries out `archlab profile`; sets the process's exit code. */
export async function runProfileCommand(components: readonly string[], options: ProfileCommandOptions): Promise<void> {
  const of: Recorded = options.heap ? 'heap' : 'cpu'
  const asked: Asked = { of, interval: intervalOf(of, options.interval), components, options }
  refuseClashes(asked)
  if (options.clinic !== undefined) {
    const { runClinic } = await import('./profile-clinic.ts')
    await runClinic(asked, options.clinic)
  } else if (options.diff !== undefined) {
    const { runDiff } = await import('./profile-diff.ts')
    await runDiff(asked, options.diff)
  } else await runOne(asked)
}

function intervalOf(of: Recorded, text: string | undefined): number {
  if (text === undefined) return INTERVAL[of]
  try {
    const value = of === 'cpu' ? Math.round(parseDuration(text) * 1000) : parseSize(text)
    if (value < 1) throw new UnitError(`"${text}" is too small`, 'give at least 50us, or 1kb with --heap')
    return value
  } catch (error) {
    const { message, hint } = error as UnitError
    throw new ArchlabError('CLI_USAGE', `--interval: ${message}`, { hint })
  }
}

function refuseClashes({ options }: Asked): void {
  const { attach, diff, clinic, heap, onSaturation } = options
  const clash = (first: string, second: string): never => {
    throw new ArchlabError('CLI_USAGE', `${first} and ${second} do not go together`, { hint: 'leave one of them out' })
  }
  if (attach && diff) clash('--attach', '--diff')
  if (clinic !== undefined) {
    for (const [name, value] of Object.entries({ '--attach': attach, '--diff': diff, '--heap': heap })) {
      if (value) clash('--clinic', name)
    }
    if (onSaturation) clash('--clinic', '--on-saturation')
  }
  if (onSaturation && diff) clash('--on-saturation', '--diff')
}

async function runOne(asked: Asked): Promise<void> {
  const { options } = asked
  const isAsItIs = options.attach && options.workload === undefined
  const topology = isAsItIs ? await fetchTopology(options) : await readTopology(options)
  if (!topology) return
  const stop = new Stop().signal
  const folder = new ProfileFolder(options.output, topology.name, new Date())
  try {
    const outcome = await record(asked, topology, folder.path, stop)
    if (!outcome) return
    show(outcome, folder, options)
    process.exitCode = exitCodeOf(outcome, options)
  } finally {
    folder.discard()
  }
}

/** Records one lab; `null` (and an exit code) after problems, which are told, and when it was ended before it began. */
export async function record(
  asked: Asked,
  topology: Topology,
  folder: string,
  stop: AbortSignal,
): Promise<ProfileOutcome | null> {
  const { options, components, of, interval } = asked
  const replicas = chosenReplicas(components, topology)
  const isLoaded = !options.attach || options.workload !== undefined
  const plan = isLoaded ? checkedPlan(options, topology) : null
  if (isLoaded && !plan) return null
  let display: Display | undefined
  const note = (text: string): void => (display ? display.note(text) : void process.stderr.write(`${text}\n`))
  let lab: OpenedLab | undefined
  try {
    const { controlPort } = options
    lab = options.attach
      ? await attachedLab(topology, controlPort)
      : await openLab(topology, { controlPort, fresh: true, stop, note })
    display = openDisplay(screen(), systemClock, titleOf(asked, topology, plan))
    const saturation = options.onSaturation ? SATURATION : null
    const forMs = recordedMs(options, plan)
    return await runProfile({ topology, lab, of, interval, replicas, saturation, forMs, plan, display, stop, folder })
  } catch (error) {
    // A lab that is told to close while it starts fails because of that.
    if (!stop.aborted || display) throw error
    process.stderr.write('ended before the recording began\n')
    process.exitCode = EXIT.invalid
    return null
  } finally {
    display?.close()
    await lab?.close()
  }
}

function recordedMs({ onSaturation, duration }: ProfileCommandOptions, plan: LoadPlan | null): number {
  if (onSaturation) return SATURATED_MS
  if (plan) return RECORDED_MAX_MS
  if (duration === undefined) return ATTACHED_MS
  try {
    return parseDuration(duration)
  } catch (error) {
    const { message, hint } = error as UnitError
    throw new ArchlabError('CLI_USAGE', `--duration: ${message}`, { hint })
  }
}

/** The load to put on the lab; `null` (and exit code 2) after problems, which are told. */
export function checkedPlan(options: ProfileCommandOptions, topology: Topology): LoadPlan | null {
  const text = (option: string, value: string | undefined) =>
    value === undefined ? undefined : { option, text: value }
  const { plan, problems, sources } = planLoad(
    {
      workload: options.workload,
      url: undefined,
      connections: text('--connections', options.connections),
      rate: text('--rate', options.rate),
      constant: false,
      requests: undefined,
      duration: text('--duration', options.duration),
      warmup: text('--warmup', options.warmup),
      timeout: undefined,
      method: undefined,
      headers: [],
      data: undefined,
      insecure: false,
      trace: undefined,
      thresholds: [],
      seed: options.seed,
    },
    topology,
  )
  if (problems.length > 0) {
    process.stderr.write(`${formatProblems(problems, sources, { colour: colourOn(process.stderr) })}\n`)
  }
  if (!plan) process.exitCode = EXIT.usage
  return plan
}

function titleOf({ of, components }: Asked, topology: Topology, plan: LoadPlan | null): string {
  const who = components.length === 0 ? 'every replica' : components.join(', ')
  const load = plan ? `, workload ${plan.shown.name}` : ''
  return `recording the ${of === 'cpu' ? 'time' : 'allocations'} of ${who} of ${topology.name}${load}`
}

function show({ profile, load, peak }: ProfileOutcome, folder: ProfileFolder, options: ProfileCommandOptions): void {
  if (load?.failure) process.stderr.write(`${load.failure}\n`)
  if (!profile) {
    const busiest = `the busiest event loop was ${peak.replica || 'none'}, ${(100 * peak.utilisation).toFixed(0)} %`
    process.stderr.write(
      `nothing was recorded: ${options.onSaturation ? busiest : 'the load ended before its warm-up'}\n`,
    )
    if (options.json) emitJson({ event: 'nothing-recorded', peak })
    return
  }
  writeProfile(folder.path, profile)
  if (options.json) emitJson({ ...profile.result, folder: folder.path })
  else process.stdout.write(`${profileText(profile.result)}\n\n`)
  const out = options.json ? process.stderr : process.stdout
  out.write(`report: ${folder.path}/report.html\n`)
}

/** The worst that there is to say of a run decides. */
function exitCodeOf({ profile, load }: ProfileOutcome, { onSaturation }: ProfileCommandOptions): number {
  if (load?.failure) return EXIT.failed
  if (!profile) return onSaturation ? EXIT.notMet : EXIT.invalid
  return load && !load.result.complete ? EXIT.invalid : EXIT.done
}
