import type { Clock } from '@archlab/runtime/kit'
import type { LabStatus } from '@archlab/runtime/lab'
import { ComponentTimelines } from './component-timelines.ts'

/** A lab that has not answered after so long is not waited for. */
const PATIENCE_MS = 5000

/** Looks at a lab once in every step of a run, at the end of the step. */
export class Sampler {
  readonly timelines: ComponentTimelines
  readonly #before: LabStatus
  #latest: LabStatus
  readonly #options: SamplerOptions
  readonly #clock: Clock
  readonly #stepMs: number
  #startMs = Number.NaN
  #callOff: (() => void) | undefined
  #looking: Promise<void> = Promise.resolve()
  #stopped = false
  #step = 0
  #seen: ((status: LabStatus) => void) | undefined
  /** Looks that got no answer. */
  missed = 0

  private constructor(before: LabStatus, options: SamplerOptions) {
    this.#before = before
    this.#latest = before
    this.timelines = new ComponentTimelines(before)
    this.#options = options
    this.#clock = options.clock
    this.#stepMs = options.stepMs
  }

  /** Takes the first look, to which all others are compared. Rejects when the lab does not answer. */
  static async begin(options: SamplerOptions): Promise<Sampler> {
    return new Sampler(await patiently(options), options)
  }

  /** What was counted before the run. */
  get before(): LabStatus {
    return this.#before
  }

  /** The last answer. */
  get latest(): LabStatus {
    return this.#latest
  }

  /** Has every answer from now on told. */
  onLook(seen: (status: LabStatus) => void): void {
    this.#seen = seen
  }

  /** The run begins, or has begun, at this time of the clock. Only the first call counts. */
  alignTo(startMs: number): void {
    if (this.#stopped || !Number.isNaN(this.#startMs)) return
    this.#startMs = startMs
    this.#arm()
  }

  /** Takes in the last counts, when the lab is at rest; `steps` is how many the run had. */
  conclude(status: LabStatus, steps: number): void {
    this.#step = Math.max(this.#step, steps - 1)
    this.timelines.add(this.#step, status, true)
  }

  /** Ends the looking; resolves when none is under way. */
  async stop(): Promise<void> {
    this.#stopped = true
    this.#callOff?.()
    await this.#looking
  }

  #arm(): void {
    if (this.#stopped) return
    const elapsedMs = this.#clock.nowMs() - this.#startMs
    const nextMs = Math.max(1, Math.floor(elapsedMs / this.#stepMs) + 1) * this.#stepMs
    this.#callOff = this.#clock.after(nextMs - elapsedMs, () => {
      this.#looking = this.#look()
    })
  }

  async #look(): Promise<void> {
    try {
      const status = await patiently(this.#options)
      const elapsedMs = this.#clock.nowMs() - this.#startMs
      this.#latest = status
      this.#step = Math.max(this.#step, Math.round(elapsedMs / this.#stepMs) - 1)
      this.timelines.add(this.#step, status)
      this.#seen?.(status)
    } catch {
      this.missed += 1
    }
    this.#arm()
  }
}

/** The lab's answer; rejects when it takes too long. */
function patiently({ read, clock }: SamplerOptions): Promise<LabStatus> {
  return new Promise((resolve, reject) => {
    const callOff = clock.after(PATIENCE_MS, () => reject(new Error(`no answer within ${PATIENCE_MS / 1000} s`)))
    read().then(resolve, reject).finally(callOff)
  })
}

export interface SamplerOptions {
  /** Rejects when the lab does not answer. */
  read(): Promise<LabStatus>
  readonly clock: Clock
  readonly stepMs: number
}
