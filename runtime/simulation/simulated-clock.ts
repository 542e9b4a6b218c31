import type { Clock } from '../kit/index.ts'
import { EventCalendar } from './event-calendar.ts'

/** Where wall time stands when a simulation begins: 2026-01-01, the same for every run. */
const WALL_START_MS = Date.UTC(2026, 0, 1)

/** Events that are put to the event loop at once; the rest of the process gets a turn after so many. */
const BATCH = 500

/**
 * Time that passes only from event to event. Between two events every promise callback that is due runs, however many follow
 * from one another, so that code with promises does all that it does at one moment at that moment.
 */
export class SimulatedClock implements Clock {
  /** Nothing comes early. */
  readonly slackMs = 0
  readonly #calendar = new EventCalendar<() => void>()
  #nowMs = 0
  #events = 0

  nowMs(): number {
    return this.#nowMs
  }

  wallMs(): number {
    return WALL_START_MS + this.#nowMs
  }

  after(delayMs: number, callback: () => void): () => void {
    return this.at(this.#nowMs + Math.max(0, delayMs), callback)
  }

  at(atMs: number, callback: () => void): () => void {
    const ticket = this.#calendar.schedule(Math.max(atMs, this.#nowMs), callback)
    return () => void this.#calendar.callOff(ticket)
  }

  /** Events that have happened. */
  get events(): number {
    return this.#events
  }

  /** Events that are still to come. */
  get pending(): number {
    return this.#calendar.size
  }

  /**
   * Lets time pass, event by event, until `isOver` says so after one or none is left. Rejects with what an event throws. Only
   * one run at a time.
   */
  run(isOver: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      let left = 0
      let ended = false
      const end = (): void => {
        ended = true
        resolve()
      }
      // Node runs all promise callbacks after every immediate; one that comes from a full queue of them costs 0.1 µs.
      const step = (): void => {
        left -= 1
        if (ended) return
        try {
          if (isOver() || !this.#next()) end()
        } catch (error) {
          ended = true
          reject(error)
        }
        if (left === 0 && !ended) fill()
      }
      const fill = (): void => {
        left = BATCH
        for (let turn = 0; turn < BATCH; turn++) setImmediate(step)
      }
      fill()
    })
  }

  #next(): boolean {
    const atMs = this.#calendar.nextMs
    const callback = this.#calendar.take()
    if (!callback) return false
    this.#nowMs = atMs
    this.#events += 1
    callback()
    return true
  }
}
