import type { Discipline } from './queueing-station.ts'

/** What comes to a station, and what becomes of it; times in milliseconds. */
export interface Guest {
  /** In order of arrival. */
  number: number
  arrivalMs: number
  demandMs: number
  urgency: number
  deadlineMs: number
  startMs: number
  departureMs: number
  state: string
  /** Service that it still needs. */
  leftMs: number
}

/**
 * The rules of a station told with arrays, step by step from event to event, as slow as they are plain: for every step all
 * jobs are looked at. Choosing at random is not told.
 */
export class ReferenceStation {
  readonly #servers: number
  readonly #capacity: number
  readonly #discipline: Discipline
  waiting: Guest[] = []
  serving: Guest[] = []
  nowMs = 0

  constructor(servers: number, capacity: number, discipline: Discipline) {
    this.#servers = servers
    this.#capacity = capacity
    this.#discipline = discipline
  }

  arrive(guest: Guest): void {
    this.advance(guest.arrivalMs)
    const room = this.#shares ? this.#servers + this.#capacity : this.#servers
    if (this.serving.length < room) this.#start(guest)
    else if (!this.#shares && this.waiting.length < this.#capacity) {
      guest.state = 'waiting'
      this.waiting.push(guest)
    } else {
      guest.state = 'refused'
      guest.departureMs = this.nowMs
    }
  }

  abandon(guest: Guest, nowMs: number): void {
    this.advance(nowMs)
    if (guest.state === 'waiting' || guest.state === 'in-service') this.#end(guest, 'abandoned')
  }

  advance(untilMs: number): void {
    for (;;) {
      const complete = this.serving.reduce<Guest | undefined>(
        (first, one) => (first && this.#completeMs(first) <= this.#completeMs(one) ? first : one),
        undefined,
      )
      const completeMs = complete ? this.#completeMs(complete) : Number.POSITIVE_INFINITY
      const late = this.#inOrderOfArrival().reduce<Guest | undefined>(
        (first, one) => (first && first.deadlineMs <= one.deadlineMs ? first : one),
        undefined,
      )
      const lateMs = late ? late.deadlineMs : Number.POSITIVE_INFINITY
      if (Math.min(completeMs, lateMs) > untilMs) break
      if (completeMs <= lateMs) {
        this.#elapse(completeMs)
        this.#end(complete!, 'served')
      } else {
        this.#elapse(lateMs)
        this.#end(late!, 'abandoned')
      }
    }
    this.#elapse(untilMs)
  }

  get #shares(): boolean {
    return this.#discipline === 'processor-sharing'
  }

  get #rate(): number {
    return this.#shares ? Math.min(1, this.#servers / this.serving.length) : 1
  }

  /** A service of its own ends when it was to end, a shared one after what is left of it at the rate of now. */
  #completeMs(guest: Guest): number {
    return this.#shares ? this.nowMs + guest.leftMs / this.#rate : guest.startMs + guest.demandMs
  }

  #inOrderOfArrival(): Guest[] {
    return [...this.waiting, ...this.serving].sort((one, other) => one.number - other.number)
  }

  #elapse(toMs: number): void {
    if (toMs <= this.nowMs) return
    for (const guest of this.serving) guest.leftMs = Math.max(0, guest.leftMs - (toMs - this.nowMs) * this.#rate)
    this.nowMs = toMs
  }

  #start(guest: Guest): void {
    guest.state = 'in-service'
    guest.startMs = this.nowMs
    this.serving.push(guest)
  }

  #end(guest: Guest, state: string): void {
    this.waiting = this.waiting.filter(one => one !== guest)
    this.serving = this.serving.filter(one => one !== guest)
    guest.state = state
    guest.departureMs = this.nowMs
    while (this.serving.length < this.#servers && this.waiting.length > 0) {
      const next = this.#choose()
      this.waiting = this.waiting.filter(one => one !== next)
      this.#start(next)
    }
  }

  #choose(): Guest {
    if (this.#discipline === 'lifo') return this.waiting.at(-1)!
    if (this.#discipline !== 'priority') return this.waiting[0]!
    return this.waiting.reduce((first, one) => (first.urgency <= one.urgency ? first : one))
  }
}
