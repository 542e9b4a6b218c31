import type { Random } from '@archlab/runtime/kit'
import type { Job, JobCause, JobCounts, JobState, Lane, NewJob, Outcome } from '../job.ts'
import type { UnbrokeredCommands } from './commands.ts'
import { type MemoryJob, MemoryJobs } from './memory-jobs.ts'
import type {
  Added,
  Beat,
  Claimed,
  ListFilter,
  LostAttempt,
  RequestKey,
  Settled,
  Slots,
  TableOptions,
  Tended,
} from './table-types.ts'

const LIGHT: readonly Lane[] = ['light']
const THREAD: readonly Lane[] = ['thread']
const BOTH: readonly Lane[] = ['light', 'thread']

/** What replicas that live and die in one process share: the jobs, and which life of a replica may hold some. */
export class MemoryTable {
  readonly jobs = new MemoryJobs()
  /** By replica. */
  readonly holders = new Map<string, string>()
}

/**
 * The commands of a table without a broker, on jobs in memory: what `commandsOn` does with a database, without the cost of one,
 * for simulations. A test holds both against the same reference.
 */
export class MemoryCommands implements UnbrokeredCommands {
  readonly #table: MemoryTable
  readonly #jobs: MemoryJobs
  readonly #self: { readonly id: string; readonly replica: string }
  readonly #options: TableOptions
  readonly #random: Random

  constructor(table: MemoryTable, self: { id: string; replica: string }, options: TableOptions, random: Random) {
    this.#table = table
    this.#jobs = table.jobs
    this.#self = self
    this.#options = options
    this.#random = random
  }

  /** Enters this replica; what an earlier life of it ran is tried again. */
  enter(nowMs: number): { rival: null; lost: readonly LostAttempt[] } {
    const { holders } = this.#table
    const { id, replica } = this.#self
    const earlier = holders.get(replica)
    holders.set(replica, id)
    return { rival: null, lost: earlier === undefined ? [] : this.#loseHolder(nowMs, earlier) }
  }

  leave(nowMs: number): void {
    this.#table.holders.delete(this.#self.replica)
    this.#loseHolder(nowMs, this.#self.id)
  }

  add(nowMs: number, job: NewJob, free: number, key: RequestKey | null): Added {
    const { queueMax, keysMax, keyTtlMs } = this.#options
    const known = key && this.#jobs.findKey(key.key, nowMs)
    if (known) {
      const isSame = known.fingerprint === key.fingerprint
      return isSame ? { outcome: 'repeated', id: known.job, unpublished: null } : { outcome: 'mismatch' }
    }
    if (this.#jobs.queued >= queueMax + free) return { outcome: 'full' }
    this.#jobs.add(nowMs, job)
    if (key) this.#jobs.addKey(key, job.id, nowMs + keyTtlMs, keysMax)
    return { outcome: 'accepted', id: job.id }
  }

  claim(nowMs: number, slots: Slots): Claimed {
    const tended = this.tend(nowMs)
    const jobs: Job[] = []
    let { light, thread } = slots
    while (jobs.length < slots.total) {
      const lanes = light > 0 ? (thread > 0 ? BOTH : LIGHT) : THREAD
      const job = light > 0 || thread > 0 ? this.#jobs.first(lanes) : undefined
      if (!job) break
      if (job.lane === 'light') light -= 1
      else thread -= 1
      this.#start(nowMs, job)
      jobs.push({ ...job })
    }
    return { ...tended, jobs }
  }

  #start(nowMs: number, job: MemoryJob): void {
    this.#jobs.run(job)
    job.attempts += 1
    job.owner = this.#self.id
    job.leaseUntilMs = nowMs + this.#options.leaseMs
    job.startedAtMs = nowMs
    job.dueAtMs = null
    job.progress = null
  }

  tend(nowMs: number): Tended {
    for (const job of this.#jobs.delayed) if (job.dueAtMs! <= nowMs) this.#jobs.makeReady(job)
    const { id } = this.#self
    const lost = this.#lose(nowMs, job => job.leaseUntilMs <= nowMs && job.owner !== id)
    let nextDueAtMs: number | null = null
    for (const { dueAtMs } of this.#jobs.delayed) nextDueAtMs = Math.min(nextDueAtMs ?? dueAtMs!, dueAtMs!)
    return { lost, nextDueAtMs }
  }

  beat(nowMs: number, beats: readonly Beat[]): readonly string[] {
    return beats.flatMap(({ id, attempt, progress }) => {
      const job = this.#own(id, attempt)
      if (!job) return id
      job.leaseUntilMs = nowMs + this.#options.leaseMs
      job.progress = progress ?? job.progress
      return []
    })
  }

  settle(nowMs: number, id: string, attempt: number, outcome: Outcome): Settled {
    const job = this.#own(id, attempt)
    if (!job) return { state: 'lost', dueAtMs: null }
    if (outcome.type === 'failed') return this.#fail(nowMs, job, outcome.cause, outcome.error, outcome.retry)
    if (outcome.type === 'released') {
      job.attempts -= 1
      job.startedAtMs = null
      job.progress = null
      this.#jobs.makeReady(job)
      return { state: 'queued', dueAtMs: null }
    }
    job.finishedAtMs = nowMs
    job.progress = 1
    job.result = outcome.result
    job.cause = null
    job.error = null
    this.#jobs.end(job, 'done', this.#options.finishedMax)
    return { state: 'done', dueAtMs: null }
  }

  cancel(nowMs: number, id: string): JobState | null {
    const job = this.#jobs.find(id)
    if (!job) return null
    const { state } = job
    if (state !== 'queued' && state !== 'running') return state
    job.finishedAtMs = nowMs
    job.dueAtMs = null
    this.#jobs.end(job, 'cancelled', this.#options.finishedMax)
    return state
  }

  /** Every job that has not ended fails: its queue ends with the worker. */
  abandon(nowMs: number): number {
    const open = this.#jobs.list({ state: null, kind: null, beforeSeq: null, limit: Number.POSITIVE_INFINITY })
    let ended = 0
    for (const { id, state } of open) {
      if (state !== 'queued' && state !== 'running') continue
      this.#fail(nowMs, this.#jobs.find(id)!, 'closed', 'The worker was closed before the job had ended.', false)
      ended += 1
    }
    return ended
  }

  find(_nowMs: number, id: string): Job | null {
    const job = this.#jobs.find(id)
    return job ? { ...job } : null
  }

  list(_nowMs: number, filter: ListFilter): readonly Job[] {
    return this.#jobs.list(filter)
  }

  counts(_nowMs: number): JobCounts {
    return this.#jobs.counts
  }

  #own(id: string, attempt: number): MemoryJob | undefined {
    const job = this.#jobs.find(id)
    return job?.state === 'running' && job.owner === this.#self.id && job.attempts === attempt ? job : undefined
  }

  #loseHolder(nowMs: number, holder: string): LostAttempt[] {
    return this.#lose(nowMs, ({ owner }) => owner === holder)
  }

  /** Workers of these jobs are gone. */
  #lose(nowMs: number, isLost: (job: MemoryJob) => boolean): LostAttempt[] {
    const lost: LostAttempt[] = []
    for (const job of this.#jobs.running) {
      if (!isLost(job)) continue
      const { state } = this.#fail(nowMs, job, 'worker-lost', 'The worker that ran the job died.', true)
      lost.push({ id: job.id, state: state as LostAttempt['state'] })
    }
    return lost
  }

  #fail(nowMs: number, job: MemoryJob, cause: JobCause, error: string, retry: boolean): Settled {
    const { attemptsMax, finishedMax, deadMax } = this.#options
    job.cause = cause
    job.error = error
    job.progress = null
    if (retry && job.attempts < attemptsMax) {
      job.dueAtMs = nowMs + this.#backoffMs(job.attempts)
      this.#jobs.delay(job)
      return { state: 'queued', dueAtMs: job.dueAtMs }
    }
    job.finishedAtMs = nowMs
    job.dueAtMs = null
    const state = retry ? 'dead' : 'failed'
    this.#jobs.end(job, state, retry ? deadMax : finishedMax)
    return { state, dueAtMs: null }
  }

  /** Full jitter, as of a table in a database. */
  #backoffMs(attempt: number): number {
    const { backoffMs, maxBackoffMs } = this.#options
    return Math.ceil(this.#random.next() * Math.min(backoffMs * 2 ** (attempt - 1), maxBackoffMs))
  }
}
