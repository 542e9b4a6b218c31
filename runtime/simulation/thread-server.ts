import type { Clock, SimulatedThread } from '../kit/index.ts'

interface Task {
  demandMs: number
  done: (() => void) | undefined
  next: Task | undefined
}

/**
 * A thread as a single server: it does one thing at a time, first come, first served. Whatever comes while it computes (a
 * request, a reply, a timer) waits until it has done what came before.
 */
export class ThreadServer implements SimulatedThread {
  readonly #clock: Clock
  #first: Task | undefined
  #last: Task | undefined
  #busySinceMs = Number.NaN
  #busyMs = 0
  #callOff: (() => void) | undefined

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Time in which it has computed. */
  get busyMs(): number {
    return this.#busyMs + (this.isBusy ? this.#clock.nowMs() - this.#busySinceMs : 0)
  }

  get isBusy(): boolean {
    return !Number.isNaN(this.#busySinceMs)
  }

  compute(demandMs: number, done: () => void): () => void {
    if (!this.isBusy) {
      this.#begin(demandMs, done)
      return () => {}
    }
    const task: Task = { demandMs, done, next: undefined }
    if (this.#last) this.#last.next = task
    else this.#first = task
    this.#last = task
    return () => {
      task.demandMs = 0
      task.done = undefined
    }
  }

  /** Forgets what it does and all that waits: the thread has died. */
  clear(): void {
    this.#callOff?.()
    this.#busyMs = this.busyMs
    this.#busySinceMs = Number.NaN
    this.#first = undefined
    this.#last = undefined
  }

  #begin(demandMs: number, done: (() => void) | undefined): void {
    if (demandMs <= 0) {
      done?.()
      return
    }
    const startMs = this.#clock.nowMs()
    this.#busySinceMs = startMs
    if (demandMs === Number.POSITIVE_INFINITY) return
    this.#callOff = this.#clock.at(startMs + demandMs, () => {
      this.#busyMs += demandMs
      this.#busySinceMs = Number.NaN
      done?.()
      this.#proceed()
    })
  }

  #proceed(): void {
    while (this.#first && !this.isBusy) {
      const { demandMs, done } = this.#first
      this.#first = this.#first.next
      if (!this.#first) this.#last = undefined
      this.#begin(demandMs, done)
    }
  }
}
