import type { Log, Meter } from '@archlab/runtime/kit'
import type { Job, JobCounts, Outcome } from './job.ts'
import type { RunnerEvents } from './job-runner.ts'
import type { StoreEvents } from './open-store.ts'
import { codeOf } from './store-failure.ts'
import type { LostAttempt, Settled } from './table/table-types.ts'

/** What a worker counts. */
export const counters = {
  submitted: 'Jobs accepted.',
  done: 'Jobs that ended well.',
  failed: 'Jobs that failed for good before their last attempt, or ended with their queue.',
  dead: 'Jobs that went to the dead-letter list.',
  cancelled: 'Jobs that were cancelled.',
  refused: 'Tasks refused because the queue was full.',
  repeated: 'Tasks that had been accepted before under the same Idempotency-Key.',
  retried: 'Attempts that failed and are followed by another one.',
  timed_out: 'Attempts that ran too long.',
  redelivered: 'Attempts whose replica died or fell silent; they are followed by another one, or the job is dead.',
  duplicates: 'Attempts and messages that did not count, because the job had been started elsewhere or had ended.',
  store_failures: 'Times that the queue could not be used.',
  reconnects: 'Times that the queue answered again.',
} as const

/** What a worker shows of the present. */
export const gauges = {
  queued: 'Jobs waiting; where replicas share them, the first one tells.',
  running: 'Jobs running.',
  dead_letters: 'Length of the dead-letter list; where replicas share it, the first one tells.',
  connected: '1 while the queue can be used, else 0.',
} as const

export interface JobMetersOptions {
  readonly count: Readonly<Record<keyof typeof counters, Meter>>
  readonly gauge: Readonly<Record<keyof typeof gauges, Meter>>
  readonly log: Log
  /** This replica tells how many jobs wait. */
  readonly tellsShared: boolean
  /** There may be work. */
  work(): void
}

/** Turns what happens to jobs and their store into counts and log lines. */
export class JobMeters implements RunnerEvents, StoreEvents {
  readonly #options: JobMetersOptions
  readonly #connected: { table: boolean; broker: boolean }
  #deadSinceLine = 0
  #lineAtMs = Number.NEGATIVE_INFINITY

  /** `brokered`: a broker must be there too. */
  constructor(options: JobMetersOptions, brokered: boolean) {
    this.#options = options
    this.#connected = { table: true, broker: !brokered }
    options.gauge.connected.set(brokered ? 0 : 1)
  }

  /** The latest counts of the store; `undefined` before the first. */
  counts: JobCounts | undefined

  /** The queue can be used. */
  get up(): boolean {
    return this.#connected.table && this.#connected.broker
  }

  work(): void {
    this.#options.work()
  }

  running(count: number): void {
    this.#options.gauge.running.set(count)
  }

  counted(counts: JobCounts): void {
    this.counts = counts
    if (!this.#options.tellsShared) return
    this.#options.gauge.queued.set(counts.queued)
    this.#options.gauge.dead_letters.set(counts.dead)
  }

  settled(job: Job, outcome: Outcome, { state }: Settled): void {
    const { count } = this.#options
    if (outcome.type === 'failed' && outcome.cause === 'timeout') count.timed_out.add()
    if (state === 'lost') count.duplicates.add()
    else if (state === 'done') count.done.add()
    else if (state === 'failed') count.failed.add()
    else if (state === 'dead') this.#died(job.id, outcome.type === 'failed' ? outcome.cause : '')
    else if (state === 'queued') count.retried.add()
  }

  lost(attempts: readonly LostAttempt[]): void {
    this.#options.count.redelivered.add(attempts.length)
    for (const { id, state } of attempts) if (state === 'dead') this.#died(id, 'worker-lost')
    this.#options.log.warn('jobs-redelivered', { jobs: attempts.length })
  }

  duplicate(): void {
    this.#options.count.duplicates.add()
  }

  foreign(): void {
    this.#options.log.warn('message-is-no-job')
  }

  failed(error: unknown): void {
    this.#options.count.store_failures.add()
    // A change of the connection is logged where it is noticed; anything else is a bug, and would be lost here.
    if (!(error instanceof Error) || error.name !== 'StoreFailure') {
      this.#options.log.error('queue-failed', { reason: codeOf(error) })
    }
  }

  /** A broker that is lost and found is logged and counted where it is noticed. */
  connected(part: 'table' | 'broker', yes: boolean, code = ''): void {
    const before = this.#connected[part]
    if (before === yes) return
    const { count, gauge, log } = this.#options
    this.#connected[part] = yes
    gauge.connected.set(this.up ? 1 : 0)
    if (part === 'table' && yes) {
      count.reconnects.add()
      log.info('store-connected')
    } else if (part === 'table') log.warn('store-unreachable', { reason: code })
    if (this.up) this.work()
  }

  /** A line a second at most: each job that dies is on the list. */
  #died(job: string, cause: string): void {
    this.#options.count.dead.add()
    this.#deadSinceLine++
    const nowMs = performance.now()
    if (nowMs - this.#lineAtMs < 1000) return
    this.#lineAtMs = nowMs
    this.#options.log.warn('job-dead', { job, cause, jobs: this.#deadSinceLine })
    this.#deadSinceLine = 0
  }
}
