import { type Display, type LoadPlan, NO_OPTIONS, openDisplay, planLoad } from '@archlab/bench/load'
import { chosenReplicas, type ProfileOutcome, type Recorded, runProfile } from '@archlab/bench/profile'
import { ArchlabError, parseDuration, systemClock, type UnitError } from '../kit/index.ts'
import { formatProblems, type Topology } from '../topology/index.ts'
import { attachedLab, type OpenedLab, openLab } from './load-lab.ts'
import { screen } from './load-run.ts'
import { colourOn, EXIT } from './output.ts'
import type { ProfileCommandOptions } from './profile-command-options.ts'

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
      ...NO_OPTIONS,
      workload: options.workload,
      connections: text('--connections', options.connections),
      rate: text('--rate', options.rate),
      duration: text('--duration', options.duration),
      warmup: text('--warmup', options.warmup),
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
