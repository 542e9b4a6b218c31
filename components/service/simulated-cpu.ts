import type { Clock, Meter, Request, SimulatedThread } from '@archlab/runtime/kit'
import { type Cpu, SLICE_MS, WAITING_MAX } from './cpu-queue.ts'

interface Task {
  readonly request: Request
  leftMs: number
  readonly resolve: (done: boolean) => void
}

/**
 * `CpuQueue` in simulated time: demands in their order, pieces of `SLICE_MS` between which the thread does what has come
 * meanwhile. The thread is busy for exactly the demand.
 */
export class SimulatedCpu implements Cpu {
  readonly #clock: Clock
  readonly #thread: SimulatedThread
  readonly #waiting: Meter
  readonly #burned: Meter
  readonly #tasks: Task[] = []
  #closed = false

  constructor(clock: Clock, thread: SimulatedThread, meters: { waiting: Meter; burned: Meter }) {
    this.#clock = clock
    this.#thread = thread
    this.#waiting = meters.waiting
    this.#burned = meters.burned
  }

  burn(request: Request, demandMs: number): boolean | Promise<boolean> {
    if (this.#closed || this.#isOver(request) || this.#tasks.length >= WAITING_MAX) return false
    return new Promise(resolve => {
      this.#tasks.push({ request, leftMs: demandMs, resolve })
      this.#waiting.set(this.#tasks.length)
      if (this.#tasks.length === 1) this.#work()
    })
  }

  close(): void {
    this.#closed = true
    while (this.#tasks.length > 0) this.#end(false)
  }

  /** Works on the first demand for one piece. */
  #work(): void {
    const [task] = this.#tasks
    if (!task) return
    const pieceMs = Math.min(task.leftMs, SLICE_MS)
    this.#thread.compute(pieceMs, () => {
      if (this.#closed) return
      this.#burned.add(pieceMs)
      task.leftMs -= pieceMs
      if (task.leftMs <= 0) this.#end(true)
      while (this.#tasks[0] && this.#isOver(this.#tasks[0].request)) this.#end(false)
      this.#work()
    })
  }

  /** Takes the first demand out. */
  #end(done: boolean): void {
    const task = this.#tasks.shift()!
    this.#waiting.set(this.#tasks.length)
    task.resolve(done)
  }

  #isOver({ cancellation, deadlineMs }: Request): boolean {
    return cancellation.cancelled || this.#clock.nowMs() >= deadlineMs
  }
}
