import type { LabStatus, ProfileRequest, ThreadProfile } from '@archlab/runtime/lab'
import type { Topology } from '@archlab/runtime/topology'
import type { LabUnderLoad } from '../load/command/index.ts'
import type { Recorded } from './result.ts'

/** A lab whose threads can be recorded. */
export interface ProfiledLab extends LabUnderLoad {
  profile(request: ProfileRequest): Promise<readonly ThreadProfile[]>
}

/** What to record, and when. */
export interface RecordingPlan {
  readonly of: Recorded
  /** Mean distance of samples: microseconds, or bytes. */
  readonly interval: number
  /** Whose threads; `null` for all. */
  readonly replicas: readonly string[] | null
  /** Whose requests are counted; `null` when nobody knows. */
  readonly entry: string | null
  /** Starts so long after the first request is due: when the warm-up is over. 0 for the first look at the lab. */
  readonly afterMs: number
  /** Starts only when the event loop of a replica's thread is busier than this, 0..1, and records that one; `null` for at once. */
  readonly saturation: number | null
  /** Most time that is recorded. */
  readonly forMs: number
  /** Where profiles are written. */
  readonly folder: string
}

/** What came of it. */
export interface Recording {
  readonly threads: readonly ThreadProfile[]
  readonly windowMs: number
  readonly requests: number | null
}

/**
 * A lab under load whose threads are recorded. It begins and ends the recording when whoever makes the load looks at the lab
 * or says how far the load is, so that nothing else disturbs the run.
 */
export class RecordedLab implements LabUnderLoad {
  readonly topology: Topology
  readonly isFresh: boolean
  /** Busiest thread that any look has seen, 0..1. */
  peak = { replica: '', utilisation: 0 }
  readonly #lab: ProfiledLab
  readonly #plan: RecordingPlan
  readonly #now: () => number
  #hasLooked = false
  #loadStartMs: number | undefined
  #starting: Promise<void> = Promise.resolve()
  #startedMs: number | undefined
  #before: LabStatus | undefined
  #recording: Recording | undefined
  #failed: readonly ThreadProfile[] = []

  constructor(lab: ProfiledLab, plan: RecordingPlan, now: () => number = () => performance.now()) {
    this.topology = lab.topology
    this.isFresh = lab.isFresh
    this.#lab = lab
    this.#plan = plan
    this.#now = now
  }

  /** What has been recorded; `null` before the end, and when the recording has never begun. */
  get recording(): Recording | null {
    return this.#recording ?? null
  }

  async status(): Promise<LabStatus> {
    const status = await this.#lab.status()
    // The first look tells the share since the lab was started, not that of a moment.
    if (this.#hasLooked) this.#notePeak(status)
    await this.#step(status)
    this.#hasLooked = true
    return status
  }

  /** The load is so far, from its first request on; negative before it. */
  progressed(atMs: number): void {
    this.#loadStartMs = this.#now() - atMs
    if (this.#plan.saturation !== null || this.#startedMs !== undefined || !this.#isWarm()) return
    this.#begin(this.#plan.replicas)
  }

  /** Ends the recording. Rejects when it could not begin. */
  async finish(): Promise<LabStatus> {
    await this.#starting
    if (this.#startedMs !== undefined && !this.#recording) await this.#stop(await this.#lab.status())
    return this.#lab.finish()
  }

  failure(): string | null {
    return this.#lab.failure()
  }

  async #step(status: LabStatus): Promise<void> {
    const { saturation, forMs, replicas } = this.#plan
    if (this.#startedMs !== undefined) {
      await this.#starting
      if (!this.#recording && this.#now() - this.#startedMs >= forMs) await this.#stop(status)
    } else if (this.#isWarm()) {
      if (saturation === null) this.#begin(replicas)
      else if (this.#hasLooked) {
        const busy = this.#utilisations(status).filter(([, utilisation]) => utilisation > saturation)
        if (busy.length > 0) this.#begin(busy.map(([replica]) => replica))
      }
      await this.#starting
    }
  }

  #isWarm(): boolean {
    const { afterMs } = this.#plan
    return afterMs === 0 || (this.#loadStartMs !== undefined && this.#now() - this.#loadStartMs >= afterMs)
  }

  #begin(replicas: readonly string[] | null): void {
    this.#startedMs = this.#now()
    this.#starting = this.#start(replicas)
    // Whoever finishes the run hears of it.
    this.#starting.catch(() => {})
  }

  async #start(replicas: readonly string[] | null): Promise<void> {
    const { of, interval, forMs } = this.#plan
    const limits = { forMs: forMs + STOP_GRACE_MS }
    const threads = await this.#lab.profile({ action: 'start', of, interval, replicas, ...limits })
    this.#failed = threads.filter(({ error }) => error !== undefined)
    // V8 looks at all code there is before it begins, which may take a thread a tenth of a second.
    this.#before = await this.#lab.status()
    this.#startedMs = this.#now()
  }

  async #stop(status: LabStatus): Promise<void> {
    const windowMs = this.#now() - this.#startedMs!
    const threads = await this.#lab.profile({ action: 'stop', folder: this.#plan.folder })
    const { entry } = this.#plan
    const received = (at: LabStatus): number => at.components[entry!]?.received ?? 0
    const requests = entry === null ? null : received(status) - received(this.#before!)
    this.#recording = { threads: [...threads, ...this.#failed], windowMs, requests }
  }

  #notePeak(status: LabStatus): void {
    for (const [replica, utilisation] of this.#utilisations(status)) {
      if (utilisation > this.peak.utilisation) this.peak = { replica, utilisation }
    }
  }

  /** How busy the threads of the chosen replicas were since the last look. */
  #utilisations({ components }: LabStatus): [string, number][] {
    const { replicas } = this.#plan
    return Object.values(components)
      .flatMap(component => Object.entries(component.replicas))
      .filter(([name]) => replicas === null || replicas.includes(name))
      .map(([name, { utilisation }]) => [name, utilisation])
  }
}

/** A recording that is not ended in time goes on for so long. */
const STOP_GRACE_MS = 30_000
