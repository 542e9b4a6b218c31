import type { Clock } from '@archlab/runtime/kit'
import type { Job, Outcome } from './job.ts'
import type { JobStore } from './job-store.ts'
import { whenKnown } from './maybe.ts'
import type { Execution, JobPool } from './pool/job-pool.ts'
import type { Beat, Claimed, LostAttempt, Settled, Slots } from './table/table-types.ts'

export interface JobRunnerOptions {
  readonly store: JobStore
  readonly pool: JobPool
  readonly clock: Clock
  /** Jobs at once, at most. */
  readonly concurrency: number
  /** Of these, jobs with a thread of their own, at most. */
  readonly threads: number
  readonly jobTimeoutMs: number
  /** How long a claimed job may go without a beat. */
  readonly leaseMs: number
  readonly events: RunnerEvents
}

/** Told of what happens to jobs. */
export interface RunnerEvents {
  /** Another number of jobs runs now. */
  running(count: number): void
  /** An attempt ended, and this is what became of the job. */
  settled(job: Job, outcome: Outcome, settled: Settled): void
  /** Workers that ran these jobs are gone. */
  lost(attempts: readonly LostAttempt[]): void
  /** The store could not be used. */
  failed(error: unknown): void
}

interface Run {
  readonly job: Job
  readonly execution: Execution
  progress: number | null
  told: number | null
  beatAtMs: number
  timedOut: boolean
  /** Its outcome does not matter any more. */
  dropped: boolean
  settled: boolean
  callOff: () => void
}

const BEAT_MS = 1000
/** Longest time without a sign of life, however long leases are. */
const BEAT_MAX_MS = 5000
/** Wait before a store that failed is asked again. */
const AGAIN_MS = 250

/**
 * Claims jobs as long as there are free slots, runs them, beats for them, and settles them. A slot is free again when the
 * outcome is written down, so that a store that is away holds up no more outcomes than there are slots.
 */
export class JobRunner {
  readonly #options: JobRunnerOptions
  readonly #runs = new Map<string, Run>()
  #threadsUsed = 0
  /** Slots that a claim under way may fill. */
  #claiming: Slots | undefined
  #again = false
  #closed = false
  #callOffLook = (): void => {}
  #callOffBeat: (() => void) | undefined

  constructor(options: JobRunnerOptions) {
    this.#options = options
  }

  /** Jobs that run. */
  get running(): number {
    return this.#runs.size
  }

  /** Slots that nothing runs in and no claim is about to fill: so many jobs more may be accepted. */
  get free(): number {
    return this.#options.concurrency - this.#runs.size - (this.#claiming?.total ?? 0)
  }

  /** There may be work: claims it when there are free slots. */
  poke(): void {
    if (this.#closed) return
    if (this.#claiming) {
      this.#again = true
      return
    }
    const slots = this.#slots()
    if (slots.total <= 0) return
    this.#callOffLook()
    this.#claiming = slots
    try {
      const claimed = whenKnown(this.#options.store.claim(slots), one => this.#start(one, slots))
      if (claimed instanceof Promise) claimed.catch(error => this.#claimFailed(error))
    } catch (error) {
      this.#claimFailed(error)
    }
  }

  /** Stops a job whose outcome does not matter any more; false when it does not run here. */
  drop(id: string): boolean {
    const run = this.#runs.get(id)
    if (!run) return false
    run.dropped = true
    run.execution.abort()
    return true
  }

  /** Claims nothing more. */
  stop(): void {
    this.#closed = true
    this.#callOffLook()
    this.#callOffBeat?.()
  }

  /** Gives back what runs; call it when the pool is closed. Resolves when the store knows, or cannot be told. */
  async giveBack(): Promise<void> {
    const runs = [...this.#runs.values()].filter(run => !run.dropped)
    for (const run of runs) {
      run.dropped = true
      run.callOff()
    }
    await Promise.allSettled(
      runs.map(async ({ job }) => this.#options.store.settle(job.id, job.attempts, { type: 'released' })),
    )
  }

  #slots(): Slots {
    const { concurrency, threads } = this.#options
    const total = concurrency - this.#runs.size
    return { light: total, thread: Math.min(threads - this.#threadsUsed, total), total }
  }

  #start(claimed: Claimed, slots: Slots): void {
    this.#claiming = undefined
    if (claimed.lost.length > 0) this.#options.events.lost(claimed.lost)
    for (const job of claimed.jobs) void this.#run(job)
    if (this.#closed) return
    const again = this.#again
    this.#again = false
    if (again && claimed.jobs.length < slots.total) this.poke()
    else if (this.#slots().total > 0) this.#look(claimed.nextDueAtMs)
  }

  #claimFailed(error: unknown): void {
    this.#claiming = undefined
    this.#again = false
    this.#options.events.failed(error)
    if (!this.#closed) this.#callOffLook = this.#options.clock.after(AGAIN_MS, () => this.poke())
  }

  /** Looks again when something is due, or when other replicas may have accepted jobs. */
  #look(nextDueAtMs: number | null): void {
    const { clock, store } = this.#options
    const dueInMs = nextDueAtMs === null ? Number.POSITIVE_INFINITY : Math.max(nextDueAtMs - clock.wallMs(), 0)
    const waitMs = Math.min(dueInMs, store.pollMs)
    if (waitMs !== Number.POSITIVE_INFINITY) this.#callOffLook = clock.after(waitMs, () => this.poke())
  }

  async #run(job: Job): Promise<void> {
    const { pool, clock, events, jobTimeoutMs } = this.#options
    const run: Run = {
      job,
      execution: pool.start(job, share => {
        run.progress = share
      }),
      progress: null,
      told: null,
      beatAtMs: clock.nowMs(),
      timedOut: false,
      dropped: false,
      settled: false,
      callOff: clock.after(jobTimeoutMs, () => {
        run.timedOut = true
        run.execution.abort()
      }),
    }
    this.#runs.set(job.id, run)
    if (job.lane === 'thread') this.#threadsUsed++
    events.running(this.#runs.size)
    this.#callOffBeat ??= clock.after(BEAT_MS, () => this.#beat())
    const outcome = await run.execution.outcome
    run.callOff()
    await this.#settle(run, run.timedOut ? this.#timeout() : outcome)
    // What could not be settled is given back.
    if (this.#closed && !run.settled && !run.dropped) return
    this.#runs.delete(job.id)
    if (job.lane === 'thread') this.#threadsUsed--
    events.running(this.#runs.size)
    this.poke()
  }

  #timeout(): Outcome {
    const error = `The job ran longer than ${this.#options.jobTimeoutMs / 1000} s.`
    return { type: 'failed', cause: 'timeout', error, retry: true }
  }

  async #settle(run: Run, outcome: Outcome): Promise<void> {
    const { store, clock, events } = this.#options
    // Once closed, the pool's end looks like a failure of the job.
    while (!run.dropped && (!this.#closed || outcome.type === 'done')) {
      try {
        const settled = await store.settle(run.job.id, run.job.attempts, outcome)
        run.settled = true
        events.settled(run.job, outcome, settled)
        return
      } catch (error) {
        events.failed(error)
        if (this.#closed) return
        await new Promise<void>(resolve => void clock.after(AGAIN_MS, resolve))
      }
    }
  }

  /** Prolongs the leases of what runs, and hears which jobs to stop. */
  async #beat(): Promise<void> {
    const { clock, store, events, leaseMs } = this.#options
    const nowMs = clock.nowMs()
    const due = [...this.#runs.values()].filter(
      run => !run.dropped && (run.progress !== run.told || nowMs - run.beatAtMs >= Math.min(leaseMs / 3, BEAT_MAX_MS)),
    )
    const beats: Beat[] = due.map(({ job, progress }) => ({ id: job.id, attempt: job.attempts, progress }))
    for (const run of due) {
      run.beatAtMs = nowMs
      run.told = run.progress
    }
    try {
      if (beats.length > 0) for (const id of await store.beat(beats)) this.drop(id)
    } catch (error) {
      // Not heard: the next beat tells it again.
      for (const run of due) run.beatAtMs = Number.NEGATIVE_INFINITY
      events.failed(error)
    }
    this.#callOffBeat = this.#runs.size > 0 && !this.#closed ? clock.after(BEAT_MS, () => void this.#beat()) : undefined
  }
}
