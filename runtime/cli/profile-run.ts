import { ProfileFolder, type ProfileOutcome, profileText, type Recorded, writeProfile } from '@archlab/bench/profile'
import { ArchlabError, parseDuration, parseSize, UnitError } from '../kit/index.ts'
import { fetchTopology } from './control-client.ts'
import { EXIT, emitJson } from './output.ts'
import type { ProfileCommandOptions } from './profile-command-options.ts'
import { type Asked, record } from './profile-record.ts'
import { Stop } from './stop.ts'
import { readTopology } from './topology-options.ts'

/** Mean distance of samples unless told otherwise: microseconds, bytes. */
const INTERVAL = { cpu: 500, heap: 32 * 1024 } as const
/** Finer ones would take the recorded thread more time than its own work. */
const INTERVAL_MIN = { cpu: 50, heap: 1024 } as const

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
    if (value < INTERVAL_MIN[of])
      throw new UnitError(`"${text}" is too small`, 'give at least 50us, or 1kb with --heap')
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
