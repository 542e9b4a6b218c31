import { type Random, seededRandom } from '@archlab/runtime/kit'
import { Calendar, type Scheduled } from './calendar.ts'
import type { Job } from './job.ts'
import { DedicatedServers, type Servers, SharedServers } from './servers.ts'
import { FifoLine, LifoLine, PriorityLine, RandomLine, type WaitingLine } from './waiting-lines.ts'

/** In which order those who wait are served. */
export const DISCIPLINES = ['fifo', 'lifo', 'processor-sharing', 'priority', 'random'] as const
export type Discipline = (typeof DISCIPLINES)[number]

/** Most jobs that wait, and most that are in service, where the settings name no limit. */
export const JOBS_MAX = 1_000_000

/** What a station is like. */
export interface StationOptions {
  /** Infinity for as many as there are jobs. */
  servers: number
  /** Places for waiting jobs, Infinity for as many as `JOBS_MAX`. */
  capacity: number
  discipline: Discipline
  /** Chooses who is next under the discipline `random`. */
  random?: Random
  /** When it opens; 0 by default. */
  startMs?: number
}

/** What has happened at a station since it opened. Integrals are over time, up to the station's `nowMs`. */
export interface StationTotals {
  arrived: number
  served: number
  refused: number
  abandoned: number
  /** Integral of the number of waiting jobs: all the waiting that has been done. */
  waitingMs: number
  /** Integral of the number of servers at work: all the service that has been done. */
  busyMs: number
  /** Integral of the number of jobs inside. */
  sojournMs: number
}

/**
 * A queueing station: servers and a line in front of them, exact in the time of whoever drives it, a clock or a simulation.
 * It does nothing by itself: `arrive`, `abandon` and `advance` are told the time, and first everything that is due until
 * then happens, in order of time, each thing at its own moment: a service that is complete, the next one that begins at that
 * moment with one of those who wait then, a job that leaves because its deadline has come. A service that is complete at the
 * moment of an arrival or a deadline comes before it. Time never runs backwards: an earlier time counts as the latest.
 *
 * Costs O(log n) per event in the number of jobs in service or with a deadline, and allocates nothing but an entry for
 * every job with a deadline.
 */
export class QueueingStation {
  readonly totals: StationTotals = {
    arrived: 0,
    served: 0,
    refused: 0,
    abandoned: 0,
    waitingMs: 0,
    busyMs: 0,
    sojournMs: 0,
  }
  readonly #line: WaitingLine
  readonly #places: number
  readonly #servers: Servers
  readonly #deadlines = new Calendar<Deadline>()
  #nowMs: number

  constructor({ servers, capacity, discipline, random, startMs = 0 }: StationOptions) {
    // With enough servers for all there is nothing to share.
    const sharing = discipline === 'processor-sharing' && servers !== Number.POSITIVE_INFINITY
    // Under processor sharing nobody waits: the places are for those whose share is less than a server.
    this.#servers = sharing
      ? new SharedServers(servers, servers + Math.min(capacity, JOBS_MAX))
      : new DedicatedServers(Math.min(servers, JOBS_MAX))
    this.#places = sharing || servers === Number.POSITIVE_INFINITY ? 0 : Math.min(capacity, JOBS_MAX)
    this.#line = lineOf(discipline, random)
    this.#nowMs = startMs
  }

  /** The latest time that it has been told. */
  get nowMs(): number {
    return this.#nowMs
  }

  /** Jobs that wait. */
  get waiting(): number {
    return this.#line.size
  }

  /** Jobs in service. */
  get inService(): number {
    return this.#servers.size
  }

  /** When something happens next if nobody comes or goes before; Infinity when nothing does. */
  get nextEventMs(): number {
    return Math.min(this.#servers.nextMs, this.#deadlines.firstDueMs)
  }

  /** A job comes: its service begins, or it waits, or it is refused (false) because all places are taken. */
  arrive(job: Job, nowMs: number): boolean {
    this.advance(nowMs)
    this.totals.arrived += 1
    job.arrivalMs = this.#nowMs
    if (this.#servers.hasRoom) this.#start(job)
    else if (this.#line.size < this.#places) {
      job.state = 'waiting'
      this.#line.join(job)
    } else {
      this.totals.refused += 1
      job.state = 'refused'
      job.departureMs = this.#nowMs
      return false
    }
    if (job.deadlineMs < Number.POSITIVE_INFINITY) {
      const deadline = new Deadline(job)
      job.deadline = deadline
      this.#deadlines.add(deadline, job.deadlineMs)
    }
    return true
  }

  /** A job goes without having been served; false when it had left already. */
  abandon(job: Job, nowMs: number): boolean {
    this.advance(nowMs)
    if (!job.inside) return false
    this.#leaveUnserved(job)
    return true
  }

  /** Lets everything happen that is due until `untilMs`. */
  advance(untilMs: number): void {
    for (;;) {
      const completionMs = this.#servers.nextMs
      const deadlineMs = this.#deadlines.firstDueMs
      if (Math.min(completionMs, deadlineMs) > untilMs) break
      if (completionMs <= deadlineMs) this.#complete(completionMs)
      else {
        this.#elapse(deadlineMs)
        this.#leaveUnserved(this.#deadlines.first!.job)
      }
    }
    this.#elapse(untilMs)
  }

  /** All who are inside go without having been served. */
  clear(nowMs: number): void {
    this.advance(nowMs)
    for (let job = this.#line.take(); job; job = this.#line.take()) this.#end(job, 'abandoned')
    for (let job = this.#servers.next; job; job = this.#servers.next) {
      this.#servers.remove(job, this.#nowMs)
      this.#end(job, 'abandoned')
    }
  }

  #complete(atMs: number): void {
    this.#elapse(atMs)
    const job = this.#servers.finish()
    this.#startNext()
    this.#end(job, 'served')
  }

  #leaveUnserved(job: Job): void {
    if (job.state === 'waiting') this.#line.leave(job)
    else {
      this.#servers.remove(job, this.#nowMs)
      this.#startNext()
    }
    this.#end(job, 'abandoned')
  }

  #startNext(): void {
    while (this.#servers.hasRoom) {
      const job = this.#line.take()
      if (!job) return
      this.#start(job)
    }
  }

  #start(job: Job): void {
    job.state = 'in-service'
    job.startMs = this.#nowMs
    this.#servers.start(job, this.#nowMs)
  }

  #end(job: Job, state: 'served' | 'abandoned'): void {
    this.totals[state] += 1
    job.state = state
    job.departureMs = this.#nowMs
    if (job.deadline) {
      this.#deadlines.remove(job.deadline as Deadline)
      job.deadline = undefined
    }
    job.left()
  }

  #elapse(toMs: number): void {
    const tookMs = toMs - this.#nowMs
    if (!(tookMs > 0)) return
    const { totals } = this
    const waiting = this.#line.size
    totals.waitingMs += waiting * tookMs
    totals.busyMs += this.#servers.busy * tookMs
    totals.sojournMs += (waiting + this.#servers.size) * tookMs
    this.#nowMs = toMs
  }
}

/** When a job's patience ends. */
class Deadline implements Scheduled {
  readonly job: Job
  dueMs = 0
  turn = 0
  place = -1

  constructor(job: Job) {
    this.job = job
  }
}

function lineOf(discipline: Discipline, random: Random = seededRandom(0)): WaitingLine {
  if (discipline === 'lifo') return new LifoLine()
  if (discipline === 'priority') return new PriorityLine()
  if (discipline === 'random') return new RandomLine(random)
  return new FifoLine()
}
