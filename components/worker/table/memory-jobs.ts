import type { Job, JobCause, JobCounts, JobState, Lane, NewJob } from '../job.ts'
import type { ListFilter, RequestKey } from './table-types.ts'

/** A job as it lies in memory; `waits` says how it is queued. */
export interface MemoryJob extends Job {
  state: JobState
  attempts: number
  dueAtMs: number | null
  startedAtMs: number | null
  finishedAtMs: number | null
  progress: number | null
  result: string | null
  cause: JobCause | null
  error: string | null
  waits: 'ready' | 'delayed' | null
  owner: string
  leaseUntilMs: number
}

type Ended = 'done' | 'failed' | 'cancelled' | 'dead'

interface Key {
  readonly fingerprint: string
  readonly job: string
  readonly expiresAtMs: number
}

/** Jobs and keys in memory, found by how they wait, run or have ended. What happens to them is decided elsewhere. */
export class MemoryJobs {
  /** In order of acceptance. */
  readonly #jobs = new Map<string, MemoryJob>()
  readonly #ready: Readonly<Record<Lane, Set<MemoryJob>[]>> = { light: [], thread: [] }
  readonly delayed = new Set<MemoryJob>()
  readonly running = new Set<MemoryJob>()
  /** In the order in which they ended; dead ones apart. */
  readonly #finished = new Set<MemoryJob>()
  readonly #dead = new Set<MemoryJob>()
  /** In the order in which they expire. */
  readonly #keys = new Map<string, Key>()
  readonly #counts: Record<JobState, number> = { queued: 0, running: 0, done: 0, failed: 0, dead: 0, cancelled: 0 }
  #seq = 0

  get counts(): JobCounts {
    return { ...this.#counts }
  }

  get queued(): number {
    return this.#counts.queued
  }

  find(id: string): MemoryJob | undefined {
    return this.#jobs.get(id)
  }

  add(nowMs: number, job: NewJob): void {
    const fresh: MemoryJob = {
      seq: ++this.#seq,
      id: job.id,
      state: 'queued',
      kind: job.kind,
      lane: job.lane,
      priority: job.priority,
      task: job.task,
      durationMs: job.durationMs,
      attempts: 0,
      submittedAtMs: nowMs,
      dueAtMs: null,
      startedAtMs: null,
      finishedAtMs: null,
      progress: null,
      result: null,
      cause: null,
      error: null,
      waits: null,
      owner: '',
      leaseUntilMs: 0,
    }
    this.#jobs.set(job.id, fresh)
    this.#counts.queued += 1
    this.#wait(fresh)
  }

  /** The ready job that is first by priority, then by age; of a lane where one is given. */
  first(lanes: readonly Lane[]): MemoryJob | undefined {
    let best: MemoryJob | undefined
    for (const lane of lanes) {
      const job = foremost(this.#ready[lane])
      if (job && (!best || job.priority > best.priority || (job.priority === best.priority && job.seq < best.seq))) {
        best = job
      }
    }
    return best
  }

  /** It may be started. */
  makeReady(job: MemoryJob): void {
    this.#leave(job)
    this.#move(job, 'queued')
    this.#wait(job)
  }

  delay(job: MemoryJob): void {
    this.#leave(job)
    this.#move(job, 'queued')
    job.waits = 'delayed'
    this.delayed.add(job)
  }

  run(job: MemoryJob): void {
    this.#leave(job)
    this.#move(job, 'running')
    this.running.add(job)
  }

  /** It has ended; more than `max` of its kind are not remembered. */
  end(job: MemoryJob, state: Ended, max: number): void {
    this.#leave(job)
    this.#move(job, state)
    const ended = state === 'dead' ? this.#dead : this.#finished
    ended.add(job)
    while (ended.size > max) this.#forget(ended, state === 'dead' ? oldest(ended) : ended.values().next().value!)
  }

  /** Jobs that fit the filter, the one accepted last first. */
  list({ state, kind, beforeSeq, limit }: ListFilter): readonly Job[] {
    const fits = (job: MemoryJob): boolean =>
      (state === null || job.state === state) &&
      (kind === null || job.kind === kind) &&
      (beforeSeq === null || job.seq < beforeSeq)
    return [...this.#jobs.values()].filter(fits).slice(-limit).reverse()
  }

  /** What is known of a key; keys whose time is over are forgotten. */
  findKey(key: string, nowMs: number): Key | undefined {
    for (const [old, { expiresAtMs }] of this.#keys) {
      if (expiresAtMs > nowMs) break
      this.#keys.delete(old)
    }
    return this.#keys.get(key)
  }

  /** Remembers a key; the oldest goes when there are more than `max`. */
  addKey({ key, fingerprint }: RequestKey, job: string, expiresAtMs: number, max: number): void {
    this.#keys.set(key, { fingerprint, job, expiresAtMs })
    if (this.#keys.size > max) this.#keys.delete(this.#keys.keys().next().value!)
  }

  /** A job goes back to its place by age among those of its priority; the youngest one, as every new one is, to the end. */
  #wait(job: MemoryJob): void {
    job.waits = 'ready'
    const lines = this.#ready[job.lane]
    lines[job.priority] ??= new Set()
    const line = lines[job.priority]!
    const isLast = job.seq === this.#seq
    line.add(job)
    if (!isLast) lines[job.priority] = new Set([...line].sort((one, other) => one.seq - other.seq))
  }

  #leave(job: MemoryJob): void {
    if (job.waits === 'ready') this.#ready[job.lane][job.priority]!.delete(job)
    else if (job.waits === 'delayed') this.delayed.delete(job)
    else if (job.state === 'running') this.running.delete(job)
    job.waits = null
  }

  #move(job: MemoryJob, state: JobState): void {
    this.#counts[job.state] -= 1
    this.#counts[state] += 1
    job.state = state
  }

  #forget(ended: Set<MemoryJob>, job: MemoryJob): void {
    ended.delete(job)
    this.#jobs.delete(job.id)
    this.#counts[job.state] -= 1
  }
}

/** First of the line of the highest priority. */
function foremost(lines: readonly (Set<MemoryJob> | undefined)[]): MemoryJob | undefined {
  for (let priority = lines.length - 1; priority >= 0; priority--) {
    const line = lines[priority]
    if (line && line.size > 0) return line.values().next().value
  }
  return undefined
}

function oldest(jobs: ReadonlySet<MemoryJob>): MemoryJob {
  let first: MemoryJob | undefined
  for (const job of jobs) if (!first || job.seq < first.seq) first = job
  return first!
}
