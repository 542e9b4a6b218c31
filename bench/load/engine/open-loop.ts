import type { OpenLoopSpec } from '../arrivals/arrival-times.ts'
import type { Errand, Lane, LaneResult } from './lanes.ts'
import { LanePool } from './lanes.ts'
import { Pacer } from './pacer.ts'
import type { RequestMaker, WireRequest } from './request-maker.ts'
import { type Loop, makersOf, type RunContext, type Sequence, sequenceOf } from './run-context.ts'

/** Arrivals that wait for a free connection, at most; further ones are dropped. */
const QUEUE_MAX = 1_000_000

/** Sends every request when it is due, whatever became of earlier ones; latencies count from the intended start. */
export class OpenLoop implements Loop {
  readonly done: Promise<void>
  readonly #run: RunContext
  readonly #makers: readonly RequestMaker[]
  readonly #sequence: Sequence
  readonly #pool: LanePool
  readonly #pacer: Pacer
  readonly #queue: Arrival[] = []
  #queueHead = 0
  #underWay = 0
  #ended = false
  #finish!: (error?: Error) => void

  constructor(run: RunContext, spec: OpenLoopSpec) {
    const { workload, seed, trace, startMs } = run
    this.#run = run
    this.#makers = makersOf(run, seed)
    this.#sequence = sequenceOf(run, seed)
    this.#pool = new LanePool(run.lanes, workload.overload.inFlightMax)
    const durationMs = workload.durationMs ?? Number.POSITIVE_INFINITY
    const options = { seed, durationMs, ...(trace ? { trace } : {}) }
    this.done = new Promise((resolve, reject) => {
      this.#finish = error => (error ? reject(error) : resolve())
    })
    this.#pacer = new Pacer(
      { spec, options, startMs },
      {
        due: atMs => this.#due(atMs),
        ended: () => this.#end(),
        failed: error => this.#finish(error),
      },
    )
  }

  stop(): void {
    void this.#pacer.stop()
  }

  #due(atMs: number): void {
    if (this.#ended) return
    const request = this.#sequence.next()
    if (request === undefined) this.stop()
    else this.#start(request, atMs)
  }

  #start(request: number, intendedMs: number): void {
    const { clock, startMs, recorder, workload } = this.#run
    const nowMs = clock.nowMs()
    recorder.intended(request, intendedMs, nowMs - startMs)
    this.#underWay += 1
    const arrival = new Arrival(this, request, intendedMs, startMs + intendedMs + workload.timeoutMs)
    const lane = this.#pool.take()
    if (lane) this.#send(arrival, lane)
    else if (workload.overload.policy === 'queue' && this.#queue.length - this.#queueHead < QUEUE_MAX) {
      this.#queue.push(arrival)
    } else this.#unsent(arrival, 'dropped')
  }

  #send(arrival: Arrival, lane: Lane): void {
    arrival.wire = this.#makers[arrival.request]!.next(this.#run.token)
    const sentMs = lane.carry(arrival)
    this.#run.recorder.sent(arrival.intendedMs, sentMs - this.#run.startMs)
  }

  /** For the arrival itself. */
  over(arrival: Arrival, lane: Lane, result: LaneResult): void {
    const { recorder, startMs } = this.#run
    const { request, intendedMs } = arrival
    const { outcome, status, bytes } = result
    const [sentMs, endedMs] = [result.sentMs - startMs, result.endedMs - startMs]
    recorder.ended({ request, intendedMs, sentMs, endedMs, outcome, status, bytes })
    this.#underWay -= 1
    const waiting = this.#takeWaiting(result.endedMs)
    if (waiting) this.#send(waiting, lane)
    else this.#pool.give(lane)
    this.#settle()
  }

  /** The first in the queue whose client still waits. */
  #takeWaiting(nowMs: number): Arrival | undefined {
    while (this.#queueHead < this.#queue.length) {
      const arrival = this.#queue[this.#queueHead++]!
      if (this.#queueHead > 1024 && this.#queueHead * 2 > this.#queue.length) {
        this.#queue.splice(0, this.#queueHead)
        this.#queueHead = 0
      }
      if (arrival.deadlineMs > nowMs) return arrival
      this.#unsent(arrival, 'timeout')
    }
    return undefined
  }

  #unsent({ request, intendedMs }: Arrival, outcome: 'dropped' | 'timeout'): void {
    const endedMs = this.#run.clock.nowMs() - this.#run.startMs
    this.#run.recorder.ended({ request, intendedMs, sentMs: endedMs, endedMs, outcome, status: 0, bytes: 0 })
    this.#underWay -= 1
  }

  #end(): void {
    this.#ended = true
    this.#settle()
  }

  #settle(): void {
    if (!this.#ended || this.#underWay > 0) return
    this.#pool.close()
    this.#finish()
  }
}

/** One arrival of an open loop. */
class Arrival implements Errand {
  wire!: WireRequest
  readonly request: number
  readonly intendedMs: number
  readonly deadlineMs: number
  readonly #loop: OpenLoop

  constructor(loop: OpenLoop, request: number, intendedMs: number, deadlineMs: number) {
    this.#loop = loop
    this.request = request
    this.intendedMs = intendedMs
    this.deadlineMs = deadlineMs
  }

  ended(lane: Lane, result: LaneResult): void {
    this.#loop.over(this, lane, result)
  }
}
