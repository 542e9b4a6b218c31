import type { Clock, Meter, Request } from '@archlab/runtime/kit'
import { burnCpu } from './burn.ts'

/** Longest time for which a demand keeps the thread's event loop from turning. */
export const SLICE_MS = 100
/** Most demands that wait. */
export const WAITING_MAX = 100_000

interface Task {
  readonly request: Request
  leftMs: number
  readonly resolve: (done: boolean) => void
  next: Task | undefined
}

/** The replica's CPU, as steps see it. */
export interface Cpu {
  /**
   * Works off `demandMs`: at once when the CPU is free, unless `later` says that what the caller has begun in this turn should
   * leave first. False, or a promise of it, when the request's time is over or its caller gone before all is done, and when
   * too many wait.
   */
  burn(request: Request, demandMs: number, later: boolean): boolean | Promise<boolean>
  /** Ends every wait; nothing is worked off any more. */
  close(): void
}

/**
 * The replica's CPU as a single server: demands are burned one after the other, first come, first served, each in one go up
 * to `SLICE_MS`. The event loop turns between two of them, so that a reply leaves when its own work is done, not when that
 * of everyone who came in with it is, and that nothing is burned for a caller who has gone meanwhile.
 */
export class CpuQueue implements Cpu {
  readonly #clock: Clock
  readonly #waiting: Meter
  readonly #burned: Meter
  #first: Task | undefined
  #last: Task | undefined
  #size = 0
  #turning = false
  #closed = false

  /** `waiting` shows how many demands wait or are under way, `burned` adds up milliseconds. */
  constructor(clock: Clock, meters: { waiting: Meter; burned: Meter }) {
    this.#clock = clock
    this.#waiting = meters.waiting
    this.#burned = meters.burned
  }

  burn(request: Request, demandMs: number, later: boolean): boolean | Promise<boolean> {
    if (this.#closed || this.#isOver(request) || this.#size >= WAITING_MAX) return false
    if (!this.#turning && !later && demandMs <= SLICE_MS) {
      this.#burned.add(burnCpu(demandMs))
      this.#turn()
      return true
    }
    return new Promise(resolve => {
      const task: Task = { request, leftMs: demandMs, resolve, next: undefined }
      if (this.#last) this.#last.next = task
      else this.#first = task
      this.#last = task
      this.#waiting.set(++this.#size)
      this.#turn()
    })
  }

  close(): void {
    this.#closed = true
    while (this.#first) this.#end(this.#first, false)
  }

  /** Continues two turns of the event loop later: replies that are ready leave at the end of the first one. */
  #turn(): void {
    if (this.#turning) return
    this.#turning = true
    setImmediate(this.#pause)
  }

  readonly #pause = (): void => {
    setImmediate(this.#work)
  }

  readonly #work = (): void => {
    this.#turning = false
    let task = this.#first
    while (task && this.#isOver(task.request)) {
      this.#end(task, false)
      task = this.#first
    }
    if (!task) return
    const burnedMs = burnCpu(Math.min(task.leftMs, SLICE_MS))
    this.#burned.add(burnedMs)
    task.leftMs -= burnedMs
    if (task.leftMs <= 0) this.#end(task, true)
    this.#turn()
  }

  /** Takes the first demand out. */
  #end(task: Task, done: boolean): void {
    this.#first = task.next
    if (!this.#first) this.#last = undefined
    this.#waiting.set(--this.#size)
    task.resolve(done)
  }

  #isOver({ cancellation, deadlineMs }: Request): boolean {
    return cancellation.cancelled || this.#clock.nowMs() >= deadlineMs
  }
}
