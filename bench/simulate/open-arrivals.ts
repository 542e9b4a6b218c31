import { type ArrivalTimes, arrivalTimes, type OpenLoopSpec } from '../load/arrivals/arrival-times.ts'
import { type Sequence, sequenceOf } from '../load/engine/run-context.ts'
import { Client, type Ending, type RequestSource } from './client.ts'
import { type Arrivals, type Drive, record, sourcesOf } from './drive.ts'

/** Arrivals that wait for a free connection at most, as in a live run. */
const QUEUE_MAX = 1_000_000

interface Waiting {
  readonly request: number
  readonly intendedMs: number
  next: Waiting | undefined
}

/** Requests that are sent when they are due, whatever became of earlier ones: the plan of `archlab load` with the same seed. */
export class OpenArrivals implements Arrivals {
  readonly #drive: Drive
  readonly #times: ArrivalTimes
  readonly #sequence: Sequence
  readonly #sources: readonly RequestSource[]
  readonly #free: Client[] = []
  #clients = 0
  #first: Waiting | undefined
  #last: Waiting | undefined
  #waiting = 0
  #underWay = 0
  #ended = false

  constructor(drive: Drive, spec: OpenLoopSpec) {
    const { workload, seed, trace } = drive
    const durationMs = workload.durationMs ?? Number.POSITIVE_INFINITY
    this.#drive = drive
    this.#times = arrivalTimes(spec, { seed, durationMs, ...(trace ? { trace } : {}) })
    this.#sequence = sequenceOf(drive, seed)
    this.#sources = sourcesOf(drive, seed)
    this.#next()
  }

  get isOver(): boolean {
    return this.#ended && this.#underWay === 0
  }

  stop(): void {
    this.#ended = true
  }

  #next(): void {
    const atMs = this.#times.next()
    if (atMs === Number.POSITIVE_INFINITY) this.#ended = true
    else this.#drive.clock.at(this.#drive.startMs + atMs, () => this.#arrive(atMs))
  }

  #arrive(atMs: number): void {
    if (this.#ended) return
    const request = this.#sequence.next()
    if (request === undefined) {
      this.#ended = true
      return
    }
    this.#next()
    this.#drive.recorder.intended(request, atMs, atMs)
    this.#underWay += 1
    this.#start(request, atMs)
  }

  #start(request: number, intendedMs: number): void {
    const { inFlightMax, policy } = this.#drive.workload.overload
    const client = this.#free.pop() ?? (this.#clients < inFlightMax ? this.#hire() : undefined)
    if (client) this.#send(client, request, intendedMs)
    else if (policy === 'queue' && this.#waiting < QUEUE_MAX) this.#queue({ request, intendedMs, next: undefined })
    else this.#unsent(request, intendedMs, 'dropped')
  }

  #hire(): Client {
    this.#clients += 1
    return new Client(this.#drive.context)
  }

  #send(client: Client, request: number, intendedMs: number): void {
    const { clock, startMs, recorder, workload, token } = this.#drive
    const sentMs = clock.nowMs() - startMs
    recorder.sent(intendedMs, sentMs)
    const deadlineMs = startMs + intendedMs + workload.timeoutMs
    client.carry(this.#sources[request]!.next(token), deadlineMs, ending => {
      record(this.#drive, request, intendedMs, sentMs, ending)
      this.#underWay -= 1
      this.#release(client)
    })
  }

  #release(client: Client): void {
    const waiting = this.#takeWaiting()
    if (waiting) this.#send(client, waiting.request, waiting.intendedMs)
    else this.#free.push(client)
  }

  #queue(waiting: Waiting): void {
    if (this.#last) this.#last.next = waiting
    else this.#first = waiting
    this.#last = waiting
    this.#waiting += 1
  }

  /** The first in the queue whose client still waits. */
  #takeWaiting(): Waiting | undefined {
    const { clock, startMs, workload } = this.#drive
    while (this.#first) {
      const waiting = this.#first
      this.#first = waiting.next
      if (!this.#first) this.#last = undefined
      this.#waiting -= 1
      if (startMs + waiting.intendedMs + workload.timeoutMs > clock.nowMs()) return waiting
      this.#unsent(waiting.request, waiting.intendedMs, 'timeout')
    }
    return undefined
  }

  #unsent(request: number, intendedMs: number, outcome: 'dropped' | 'timeout'): void {
    const endedMs = this.#drive.clock.nowMs() - this.#drive.startMs
    const ending: Ending = { outcome, status: 0, bytes: 0, reply: undefined }
    record(this.#drive, request, intendedMs, endedMs, ending)
    this.#underWay -= 1
  }
}
