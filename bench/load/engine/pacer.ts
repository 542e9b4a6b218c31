import { Worker } from 'node:worker_threads'
import type { ArrivalOptions, OpenLoopSpec } from '../arrivals/arrival-times.ts'

/** Places in the shared memory. */
export const RELEASED = 0
export const AWAKE = 1
export const STOP = 2

/** What the pacer's thread is given. */
export interface PacerBirth {
  readonly spec: OpenLoopSpec
  readonly options: ArrivalOptions
  /** When the run starts, on the lab's clock. */
  readonly startMs: number
  readonly control: Int32Array
}

/**
 * Keeps the schedule of an open loop in a thread of its own, where nothing else can hold it up: it sleeps until shortly
 * before an arrival is due, spins for the rest, and counts the arrival as released. The sender draws the same times from the
 * same seed, so only a number crosses the threads.
 */
export class Pacer {
  readonly #control = new Int32Array(new SharedArrayBuffer(3 * Int32Array.BYTES_PER_ELEMENT))
  readonly #thread: Worker
  readonly #exited: Promise<void>

  /** `released` is told how many arrivals have been released so far, at most once for each; `failed` that the thread died. */
  constructor(
    birth: Omit<PacerBirth, 'control'>,
    events: { released(count: number): void; ended(): void; failed(error: Error): void },
  ) {
    this.#thread = new Worker(new URL('./pacer-thread.ts', import.meta.url), {
      workerData: { ...birth, control: this.#control } satisfies PacerBirth,
      name: 'pacer',
    })
    this.#thread.on('message', (message: 'released' | 'ended') => {
      // Whatever is released from here on is told anew.
      Atomics.store(this.#control, AWAKE, 0)
      events.released(Atomics.load(this.#control, RELEASED))
      if (message === 'ended') events.ended()
    })
    this.#thread.on('error', error => events.failed(error as Error))
    this.#exited = new Promise(resolve => this.#thread.once('exit', () => resolve()))
  }

  /** No more arrivals; resolves when the thread has gone. */
  async stop(): Promise<void> {
    Atomics.store(this.#control, STOP, 1)
    Atomics.notify(this.#control, STOP)
    await this.#exited
  }
}
