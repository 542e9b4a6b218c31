import { Calendar } from './calendar.ts'
import type { Job } from './job.ts'

/** Those who serve, and whom. */
export interface Servers {
  /** Jobs in service. */
  readonly size: number
  /** Servers at work. */
  readonly busy: number
  /** Whether another job's service can begin. */
  readonly hasRoom: boolean
  /** The job whose service is complete next; `undefined` when nobody is served. */
  readonly next: Job | undefined
  /** When that is, if nothing changes until then; Infinity when nobody is served. */
  readonly nextMs: number
  /** Begins a service; there is room. */
  start(job: Job, nowMs: number): void
  /** Ends the service that is complete at `nextMs`; somebody is served. */
  finish(): Job
  /** Breaks off a service, at `nextMs` at the latest. */
  remove(job: Job, nowMs: number): void
}

/** A number of servers, each of which serves one job at a time to the end. */
export class DedicatedServers implements Servers {
  readonly #count: number
  readonly #departures = new Calendar<Job>()

  constructor(count: number) {
    this.#count = count
  }

  get size(): number {
    return this.#departures.size
  }

  get busy(): number {
    return this.#departures.size
  }

  get hasRoom(): boolean {
    return this.#departures.size < this.#count
  }

  get next(): Job | undefined {
    return this.#departures.first
  }

  get nextMs(): number {
    return this.#departures.firstDueMs
  }

  start(job: Job, nowMs: number): void {
    this.#departures.add(job, nowMs + job.demandMs)
  }

  finish(): Job {
    const job = this.#departures.first!
    this.#departures.remove(job)
    return job
  }

  remove(job: Job): void {
    this.#departures.remove(job)
  }
}

/**
 * Processor sharing: all jobs are served at once, each at the rate min(1, servers / jobs), no job on two servers.
 *
 * Since all have the same rate, one number tells what every one of them has got since it came: the virtual time, which
 * grows at that rate. A job is complete when it has grown by the job's demand, so the calendar holds virtual times of
 * completion, which no arrival changes: O(log n) per event (the device of Parekh and Gallager 1993 for fair queueing).
 */
export class SharedServers implements Servers {
  readonly #servers: number
  readonly #limit: number
  /** By virtual time. */
  readonly #completions = new Calendar<Job>()
  #virtualMs = 0
  /** When the virtual time was that. */
  #atMs = 0
  nextMs: number = Number.POSITIVE_INFINITY

  /** `limit` is how many jobs may be served at once. */
  constructor(servers: number, limit: number) {
    this.#servers = servers
    this.#limit = limit
  }

  get size(): number {
    return this.#completions.size
  }

  get busy(): number {
    return Math.min(this.#completions.size, this.#servers)
  }

  get hasRoom(): boolean {
    return this.#completions.size < this.#limit
  }

  get next(): Job | undefined {
    return this.#completions.first
  }

  start(job: Job, nowMs: number): void {
    this.#elapse(nowMs)
    this.#completions.add(job, this.#virtualMs + job.demandMs)
    this.#foresee()
  }

  finish(): Job {
    const job = this.#completions.first!
    // As it was foreseen, and not as it adds up: so no error of rounding is handed on.
    this.#virtualMs = job.dueMs
    this.#atMs = this.nextMs
    this.#completions.remove(job)
    this.#foresee()
    return job
  }

  remove(job: Job, nowMs: number): void {
    this.#elapse(nowMs)
    this.#completions.remove(job)
    this.#foresee()
  }

  /** Each busy period begins at zero, which keeps the numbers small and precise. */
  #elapse(nowMs: number): void {
    if (this.#completions.size === 0) this.#virtualMs = 0
    else this.#virtualMs += (nowMs - this.#atMs) * this.#rate
    this.#atMs = nowMs
  }

  get #rate(): number {
    return Math.min(1, this.#servers / this.#completions.size)
  }

  #foresee(): void {
    const first = this.#completions.first
    // Rounding may put the first completion a hair before now.
    this.nextMs = first
      ? this.#atMs + Math.max(0, first.dueMs - this.#virtualMs) / this.#rate
      : Number.POSITIVE_INFINITY
  }
}
