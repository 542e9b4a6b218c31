import { copyFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import type { ProfiledLab } from '@archlab/bench/profile'
import type { ScenarioLab } from '@archlab/bench/verify'
import { ArchlabError } from '../kit/index.ts'
import {
  HostProcess,
  Lab,
  type LabEvent,
  type LabStatus,
  type ProfileRequest,
  type ThreadProfile,
  type TopologySource,
} from '../supervisor/index.ts'
import { redact, type Topology } from '../topology/index.ts'
import { fetchEvents, fetchStatus, fetchTopology, postProfile } from './control-client.ts'
import type { LogLine } from './log.ts'
import { assertServerLoads } from './up.ts'

/** A lab for a run, and what ends it. */
export interface OpenedLab extends ProfiledLab {
  /** Closes a lab of our own; leaves another one alone. A second call joins the first. */
  close(): Promise<void>
}

export interface LabChoice {
  readonly controlPort: number
  /** Start one even when there is one running. */
  readonly fresh: boolean
  /** Ends the start of a lab. */
  readonly stop: AbortSignal
  /** Something that a person should know. */
  note(text: string): void
}

/** The running lab of this topology, or a new one. Rejects with an ArchlabError when it does not start. */
export async function openLab(topology: Topology, choice: LabChoice): Promise<OpenedLab> {
  const running = choice.fresh ? null : await findRunning(topology, choice)
  return running ?? FreshLab.start(topology, choice)
}

/** The running lab, whichever it is. Throws LAB_NOT_RUNNING when none answers. */
export async function attachedLab(topology: Topology, controlPort: number): Promise<OpenedLab> {
  return new RunningLab(topology, controlPort, await fetchStatus({ controlPort }))
}

/** A new lab, to which things can be done. Rejects with an ArchlabError when it does not start. */
export function openFreshLab(
  topology: Topology,
  choice: Pick<LabChoice, 'stop' | 'note'> & { readonly source: TopologySource },
): Promise<OpenedLab & ScenarioLab> {
  return FreshLab.start(topology, choice, choice.source)
}

async function findRunning(topology: Topology, { controlPort, note }: LabChoice): Promise<OpenedLab | null> {
  let found: Topology
  try {
    found = await fetchTopology({ controlPort })
  } catch (error) {
    if (error instanceof ArchlabError) return null
    throw error
  }
  // Something else may listen there.
  if (typeof found?.name !== 'string') return null
  if (isSame(found, topology)) return new RunningLab(topology, controlPort, await fetchStatus({ controlPort }))
  const what = found.file === topology.file ? 'runs this file with other settings' : `is another one, ${found.name}`
  note(`the lab at control port ${controlPort} ${what}; starting one for this run`)
  return null
}

/** The same components, as they are after every default and patch; workloads may differ, and secrets cannot be compared. */
function isSame(found: Topology, wanted: Topology): boolean {
  const systemOf = ({ name, file, threads, components }: Topology): unknown =>
    JSON.parse(JSON.stringify({ name, file, threads, components }))
  return isDeepStrictEqual(systemOf(found), systemOf(redact(wanted)))
}

/** Requests under way in a running lab are waited for so long before its last counts are taken. */
const SETTLE_MS = 2000
const SETTLE_LOOK_MS = 50

class RunningLab implements OpenedLab {
  readonly isFresh = false
  readonly topology: Topology
  readonly #controlPort: number
  readonly #startedAt: string
  #restarted = false

  constructor(topology: Topology, controlPort: number, status: LabStatus) {
    this.topology = topology
    this.#controlPort = controlPort
    this.#startedAt = status.startedAt
  }

  async status(): Promise<LabStatus> {
    const status = await fetchStatus({ controlPort: this.#controlPort })
    if (status.startedAt !== this.#startedAt) this.#restarted = true
    return status
  }

  async finish(): Promise<LabStatus> {
    const untilMs = performance.now() + SETTLE_MS
    let status = await this.status()
    while (!isAtRest(status) && performance.now() < untilMs) {
      await new Promise(resolve => setTimeout(resolve, SETTLE_LOOK_MS))
      status = await this.status()
    }
    return status
  }

  async events(): Promise<readonly LabEvent[]> {
    return (await fetchEvents({ controlPort: this.#controlPort })).events
  }

  profile(request: ProfileRequest): Promise<readonly ThreadProfile[]> {
    if (request.action === 'start') return postProfile({ controlPort: this.#controlPort }, request)
    return this.#collect(request)
  }

  /** A running lab writes profiles into a folder of its own choice. */
  async #collect(request: Extract<ProfileRequest, { action: 'stop' }>): Promise<ThreadProfile[]> {
    const threads = await postProfile({ controlPort: this.#controlPort }, request)
    const moved = threads.map(thread => {
      if (thread.file === null) return thread
      const file = join(request.folder, basename(thread.file))
      copyFileSync(thread.file, file)
      return { ...thread, file }
    })
    const folder = threads.find(({ file }) => file !== null)?.file
    if (folder) rmSync(dirname(folder), { recursive: true, force: true })
    return moved
  }

  failure(): string | null {
    return this.#restarted ? 'the lab was started anew during the run' : null
  }

  async close(): Promise<void> {}
}

/** Every request that arrived has been answered, or its caller has gone. */
function isAtRest({ components }: LabStatus): boolean {
  return Object.values(components).every(({ received, statuses, abandoned }) => {
    const answered = Object.values(statuses).reduce((sum, count) => sum + count, 0)
    return received <= answered + abandoned
  })
}

class FreshLab implements OpenedLab, ScenarioLab {
  readonly isFresh = true
  readonly topology: Topology
  readonly #lab: Lab
  readonly #stateFolder: string
  #failure: string | null = null

  private constructor(lab: Lab, stateFolder: string, note: (text: string) => void) {
    this.topology = lab.topology
    this.#lab = lab
    this.#stateFolder = stateFolder
    lab.on('log', line => this.#log(line, note))
    // Also when a second Ctrl-C ends the process at once.
    process.once('exit', this.#clean)
  }

  /** Starts it with nothing of earlier runs in it: its components keep what they keep in a folder of their own. */
  static async start(
    topology: Topology,
    { stop, note }: Pick<LabChoice, 'stop' | 'note'>,
    source?: TopologySource,
  ): Promise<FreshLab> {
    await assertServerLoads()
    const stateFolder = mkdtempSync(join(tmpdir(), 'archlab-load-'))
    let fresh: FreshLab | undefined
    const cancel = (): void => void fresh?.finish()
    stop.addEventListener('abort', cancel)
    try {
      const prepare = (lab: Lab): void => {
        if (source) lab.source = source
        fresh = new FreshLab(lab, stateFolder, note)
        if (stop.aborted) cancel()
      }
      await Lab.start(topology, prepare, new HostProcess(), stateFolder)
      return fresh!
    } catch (error) {
      rmSync(stateFolder, { recursive: true, force: true })
      throw error
    } finally {
      stop.removeEventListener('abort', cancel)
    }
  }

  status(): Promise<LabStatus> {
    return this.#lab.status()
  }

  profile(request: ProfileRequest): Promise<readonly ThreadProfile[]> {
    return this.#lab.profile(request)
  }

  async events(): Promise<readonly LabEvent[]> {
    return this.#lab.events
  }

  readonly operate: ScenarioLab['operate'] = operation => this.#lab.operate(operation)

  happenings(): ReturnType<ScenarioLab['happenings']> {
    return this.#lab.events.map(({ at, event, subjects }) => ({ atMs: Date.parse(at), event, subjects }))
  }

  finish(): Promise<LabStatus> {
    return this.#lab.close()
  }

  failure(): string | null {
    return this.#failure
  }

  async close(): Promise<void> {
    await this.#lab.close()
    this.#clean()
    process.off('exit', this.#clean)
  }

  readonly #clean = (): void => rmSync(this.#stateFolder, { recursive: true, force: true })

  #log({ level, replica, event, fields }: LogLine, note: (text: string) => void): void {
    if (level === 'info') return
    // Of the lab itself: a replica that dies is restarted, and is part of what is measured.
    if (replica === '' && level === 'error') this.#failure = `${event}: ${String(fields.error ?? '')}`
    note(`${level}  ${replica === '' ? 'lab' : replica}  ${event}  ${JSON.stringify(fields)}`)
  }
}
