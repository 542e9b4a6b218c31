import { mkdirSync, rmdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { ArchlabError } from '@archlab/runtime/kit'
import type { Topology } from '@archlab/runtime/topology'
import { type Display, type LoadOutcome, type LoadPlan, runLoad } from '../load/command/index.ts'
import { type Profile, profileOf } from './profile.ts'
import { type ProfiledLab, RecordedLab, type RecordingPlan } from './recording.ts'
import { profilePage } from './report.ts'
import type { LoadFigures, Recorded } from './result.ts'

/** How often a lab is looked at that gets its load from elsewhere. */
const LOOK_MS = 500

export interface ProfileOptions {
  readonly topology: Topology
  readonly lab: ProfiledLab
  readonly of: Recorded
  readonly interval: number
  readonly replicas: readonly string[] | null
  readonly saturation: number | null
  /** Most time that is recorded. */
  readonly forMs: number
  /** The load to put on the lab; `null` to record what it gets from elsewhere. */
  readonly plan: LoadPlan | null
  readonly display: Display
  /** Ends the run; what has been recorded until then is kept. */
  readonly stop: AbortSignal
  /** Where everything is written. */
  readonly folder: string
}

export interface ProfileOutcome {
  /** `null` when the recording has never begun. */
  readonly profile: Profile | null
  readonly load: LoadOutcome | null
  readonly peak: RecordedLab['peak']
}

/** Records a lab under a load. Rejects with an ArchlabError when nothing can be recorded or the load cannot be made. */
export async function runProfile(options: ProfileOptions): Promise<ProfileOutcome> {
  const { topology, lab, plan, of, interval, saturation, folder } = options
  const recorded = new RecordedLab(lab, recordingPlan(options))
  const load = plan ? await underLoad(options, recorded, plan) : await asItIs(options, recorded)
  const { recording, peak } = recorded
  if (!recording) return { profile: null, load, peak }
  const name = plan ? `${topology.name}, workload ${plan.shown.name}` : topology.name
  const reason = saturation !== null ? 'saturation' : plan ? 'workload' : 'attached'
  const figures = load ? figuresOf(load) : null
  const profile = profileOf(recording, { name, topology, of, interval, reason, load: figures, folder })
  return { profile, load, peak }
}

function recordingPlan(options: ProfileOptions): RecordingPlan {
  const { of, interval, replicas, saturation, forMs, plan, folder } = options
  // The lab may have another working directory.
  const where = resolve(folder)
  const afterMs = plan?.job.workload.warmupMs ?? 0
  return { of, interval, replicas, saturation, forMs, afterMs, entry: plan?.entry ?? null, folder: where }
}

function underLoad(
  { topology, display, stop }: ProfileOptions,
  lab: RecordedLab,
  plan: LoadPlan,
): Promise<LoadOutcome> {
  const watching: Display = {
    show(view) {
      lab.progressed(view.atMs)
      display.show(view)
    },
    note: text => display.note(text),
    close: () => display.close(),
  }
  return runLoad({ plan, topology, lab, rawFile: null, display: watching, stop })
}

/** Looks at the lab until the recording has ended, or a person ends it. */
async function asItIs({ stop }: ProfileOptions, lab: RecordedLab): Promise<null> {
  while (!lab.recording && !stop.aborted) {
    await lab.status()
    await delay(LOOK_MS, undefined, { signal: stop }).catch(() => {})
  }
  await lab.finish()
  return null
}

function figuresOf({ result }: LoadOutcome): LoadFigures {
  const { validity, totals } = result
  const { p50, p99 } = totals.latency
  return {
    verdict: validity.verdict,
    requestsPerSecond: totals.achievedPerSecond,
    p50Ms: p50,
    p99Ms: p99,
  }
}

/** The folder of a profile's results. Throws an ArchlabError when it cannot be made. */
export class ProfileFolder {
  readonly path: string

  /** `results/<time>-profile-<name>` below the working directory unless named. */
  constructor(named: string | undefined, name: string, now: Date) {
    const short = name.replace(/[^\w.-]+/g, '-').slice(0, 80)
    this.path = named ?? join('results', `${now.toISOString().replace(/[:.]/g, '-')}-profile-${short}`)
    try {
      mkdirSync(this.path, { recursive: true })
    } catch (cause) {
      throw unwritable(this.path, cause)
    }
  }

  /** A folder in it. */
  below(name: string): string {
    const path = join(this.path, name)
    mkdirSync(path, { recursive: true })
    return path
  }

  /** Takes it away again when nothing has been written into it. */
  discard(): void {
    try {
      rmdirSync(this.path)
    } catch {
      // There is something in it, which may be wanted.
    }
  }
}

/** Writes the page and the figures of a profile beside V8's profiles. */
export function writeProfile(folder: string, { result, threads }: Profile): void {
  writeAll(folder, {
    'result.json': `${JSON.stringify(result, null, 2)}\n`,
    'report.html': profilePage(result, threads),
  })
}

/** Writes texts into a folder. Throws an ArchlabError when that is not possible. */
export function writeAll(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) {
    try {
      writeFileSync(join(folder, name), text)
    } catch (cause) {
      throw unwritable(join(folder, name), cause)
    }
  }
}

function unwritable(path: string, cause: unknown): ArchlabError {
  const hint = 'name another folder with --output'
  return new ArchlabError('CLI_USAGE', `cannot write ${path}: ${(cause as Error).message}`, { cause, hint })
}
