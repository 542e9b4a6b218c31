import type { Clock } from '@archlab/runtime/kit'
import type { EnvironmentEvent, Operation } from '@archlab/runtime/topology'
import type { CarriedOut } from './result.ts'

/** Does something to the lab; resolves when it has been done, with the names of those it was done to. */
export type Operate = (operation: Operation) => Promise<{ readonly affected: readonly string[] }>

export interface EnvironmentOptions {
  readonly events: readonly EnvironmentEvent[]
  readonly clock: Clock
  readonly operate: Operate
  /** Told of each event as it begins. */
  began?(event: EnvironmentEvent): void
}

type Draft = { -readonly [Key in keyof CarriedOut]: CarriedOut[Key] }

/** Carries out the events of a scenario, each at its time. */
export class Environment {
  readonly #options: EnvironmentOptions
  readonly #drafts: Draft[]
  readonly #callOffs: (() => void)[] = []
  readonly #underWay: Promise<void>[] = []
  #startMs = Number.NaN

  constructor(options: EnvironmentOptions) {
    this.#options = options
    this.#drafts = options.events.map(event => ({ ...event, beganMs: null, doneMs: null, affected: [], error: null }))
  }

  /** The run begins, or will begin, at this time of the clock. */
  begin(startMs: number): void {
    this.#startMs = startMs
    for (const draft of this.#drafts) {
      const waitMs = Math.max(0, startMs + draft.atMs - this.#options.clock.nowMs())
      this.#callOffs.push(this.#options.clock.after(waitMs, () => this.#underWay.push(this.#carryOut(draft))))
    }
  }

  /** Calls off what has not begun, and waits for what has; resolves to what was done. */
  async end(): Promise<readonly CarriedOut[]> {
    for (const callOff of this.#callOffs) callOff()
    await Promise.all(this.#underWay)
    return this.#drafts
  }

  async #carryOut(draft: Draft): Promise<void> {
    const { clock, operate, began } = this.#options
    const elapsedMs = (): number => clock.nowMs() - this.#startMs
    draft.beganMs = elapsedMs()
    began?.(draft)
    try {
      draft.affected = (await operate(draft.operation)).affected
    } catch (error) {
      draft.error = (error as Error).message
    }
    draft.doneMs = elapsedMs()
  }
}
