import type { CancellationListener } from './cancellation.ts'
import type { Clock } from './clock.ts'
import { Deadlines, type Due } from './deadlines.ts'
import type { Request } from './message.ts'
import { SlotTable } from './slot-table.ts'

/**
 * Waits of very many requests, each as long as it likes, with one timer for all. A wait ends early when the caller leaves,
 * when its deadline comes, or when the tactic is closed.
 */
export class Pauses {
  readonly #deadlines: Deadlines
  readonly #waiting = new SlotTable<Pause>()
  #closed = false

  constructor(clock: Clock) {
    this.#deadlines = new Deadlines(clock)
  }

  /** Number of requests that wait. */
  get size(): number {
    return this.#waiting.size
  }

  /** Resolves to true when `request` has waited for `delayMs` from `nowMs`, to false when its wait ended early. */
  wait(request: Request, delayMs: number, nowMs: number): Promise<boolean> {
    const inTime = nowMs + delayMs < request.deadlineMs
    if (this.#closed || request.cancellation.cancelled || this.#waiting.full) return Promise.resolve(false)
    const pause = new Pause(this, request, inTime)
    pause.id = this.#waiting.add(pause)
    this.#deadlines.add(pause, inTime ? nowMs + delayMs : request.deadlineMs, nowMs)
    request.cancellation.attach(pause)
    return pause.over
  }

  /** Ends every wait early. */
  close(): void {
    this.#closed = true
    for (const pause of this.#waiting.takeAll()) pause.cancelled()
    this.#deadlines.close()
  }

  /** For the pause itself: it is over. */
  ended(pause: Pause): void {
    this.#waiting.take(pause.id)
    this.#deadlines.remove(pause)
    pause.request.cancellation.detach(pause)
  }
}

/** One wait: promise, place in the heap and listener of the cancellation in one object. */
class Pause implements Due, CancellationListener {
  readonly over: Promise<boolean>
  readonly request: Request
  dueMs = 0
  place = -1
  id = 0
  readonly #owner: Pauses
  readonly #inTime: boolean
  #resolve!: (waited: boolean) => void

  constructor(owner: Pauses, request: Request, inTime: boolean) {
    this.#owner = owner
    this.request = request
    this.#inTime = inTime
    this.over = new Promise(resolve => {
      this.#resolve = resolve
    })
  }

  expire(): void {
    this.#end(this.#inTime)
  }

  cancelled(): void {
    this.#end(false)
  }

  #end(waited: boolean): void {
    this.#owner.ended(this)
    this.#resolve(waited)
  }
}
