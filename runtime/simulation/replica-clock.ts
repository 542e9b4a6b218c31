import type { Clock } from '../kit/index.ts'
import type { ThreadServer } from './thread-server.ts'

/** Simulated time as one replica's code sees it: while its thread computes, timers wait; when the replica is dead, none fires. */
export class ReplicaClock implements Clock {
  readonly slackMs = 0
  readonly #clock: Clock
  readonly #thread: ThreadServer
  #stopped = false

  constructor(clock: Clock, thread: ThreadServer) {
    this.#clock = clock
    this.#thread = thread
  }

  nowMs(): number {
    return this.#clock.nowMs()
  }

  wallMs(): number {
    return this.#clock.wallMs()
  }

  after(delayMs: number, callback: () => void): () => void {
    return this.at(this.#clock.nowMs() + Math.max(0, delayMs), callback)
  }

  at(atMs: number, callback: () => void): () => void {
    let callOffWait: (() => void) | undefined
    const callOff = this.#clock.at(atMs, () => {
      if (this.#stopped) return
      if (this.#thread.isBusy) callOffWait = this.#thread.compute(0, callback)
      else callback()
    })
    return () => {
      callOff()
      callOffWait?.()
    }
  }

  /** No timer fires any more. */
  stop(): void {
    this.#stopped = true
  }
}
