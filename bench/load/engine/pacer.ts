import { Worker } from 'node:worker_threads'
import { type Clock, systemClock } from '@archlab/runtime/kit'
import { type ArrivalOptions, arrivalTimes, type OpenLoopSpec } from '../arrivals/arrival-times.ts'
import { Approach } from './approach.ts'

/** Places in the shared memory. */
export const AWAKE = 0
export const STOP = 1

/** What the pacer's thread is given. */
export interface PacerBirth {
  readonly spec: OpenLoopSpec
  readonly options: ArrivalOptions
  /** When the run starts, on the lab's clock. */
  readonly startMs: number
  readonly control: Int32Array
}

export interface PacerEvents {
  /** An arrival is due, `atMs` after the start of the run. Told for each, in order, and at once for all that are overdue. */
  due(atMs: number): void
  /** No arrival will follow. */
  ended(): void
  failed(error: Error): void
}

/** Threads may read the one clock of the machine this far apart. */
const CLOCK_SLACK_MS = 0.1

/**
 * Tells the sender of each arrival of an open loop when it is due. A thread that sleeps, be it in a timer or for a message,
 * may wake up milliseconds late where the machine has nothing else to do. So a thread of its own wakes the sender's shortly
 * before an arrival is due, and that one turns its event loop without pause until then, taking replies meanwhile. Both
 * threads draw the same times from the same seed.
 */
export class Pacer {
  readonly #events: PacerEvents
  readonly #startMs: number
  readonly #clock: Clock
  readonly #nextAtMs: () => number
  readonly #approach = new Approach()
  readonly #control = new Int32Array(new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT))
  readonly #thread: Worker
  readonly #exited: Promise<void>
  #atMs = 0
  #nearMs = 0
  #turning = false
  #over = false

  constructor(birth: Omit<PacerBirth, 'control'>, events: PacerEvents, clock: Clock = systemClock) {
    this.#events = events
    this.#startMs = birth.startMs
    this.#clock = clock
    const times = arrivalTimes(birth.spec, birth.options)
    this.#nextAtMs = () => times.next()
    this.#draw()
    this.#thread = new Worker(new URL('./pacer-thread.ts', import.meta.url), {
      workerData: { ...birth, control: this.#control } satisfies PacerBirth,
      name: 'pacer',
    })
    this.#thread.on('message', () => this.#wake())
    this.#thread.on('error', error => events.failed(error as Error))
    this.#exited = new Promise(resolve => this.#thread.once('exit', () => resolve()))
  }

  /** No more arrivals; resolves when the thread has gone. */
  async stop(): Promise<void> {
    this.#end()
    Atomics.store(this.#control, STOP, 1)
    Atomics.notify(this.#control, STOP)
    await this.#exited
  }

  #draw(): void {
    this.#atMs = this.#nextAtMs()
    this.#nearMs = this.#approach.before(this.#atMs)
  }

  #wake(): void {
    if (this.#turning) return
    this.#turning = true
    this.#turn()
  }

  /** Once round the event loop. */
  #turn(): void {
    this.#tell()
    if (this.#over) return
    if (this.#isNear()) {
      setImmediate(() => this.#turn())
      return
    }
    // From here on the other thread sends its message again. It may just have had something to say.
    Atomics.store(this.#control, AWAKE, 0)
    if (this.#isNear()) setImmediate(() => this.#turn())
    else this.#turning = false
  }

  #tell(): void {
    while (!this.#over && this.#startMs + this.#atMs <= this.#clock.nowMs()) {
      const dueMs = this.#atMs
      this.#draw()
      this.#events.due(dueMs)
    }
    if (this.#atMs === Number.POSITIVE_INFINITY) this.#end()
  }

  #isNear(): boolean {
    return this.#startMs + this.#nearMs - CLOCK_SLACK_MS <= this.#clock.nowMs()
  }

  #end(): void {
    if (this.#over) return
    this.#over = true
    this.#events.ended()
  }
}
