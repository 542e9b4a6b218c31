import { randomUUID } from 'node:crypto'
import type { Clock } from '@archlab/runtime/kit'
import type { JobOrder, JobResult } from './job.ts'

export type JobState = 'queued' | 'running' | 'done' | 'failed'

/** A job from submission until it is forgotten. Times are milliseconds since 1970. */
export interface Job {
  readonly id: string
  /** The submitted task as JSON text. */
  readonly task: string
  state: JobState
  readonly submittedAtMs: number
  startedAtMs: number | undefined
  finishedAtMs: number | undefined
  /** The drawn duration; known once it runs. */
  durationMs: number | undefined
  result: JobResult | undefined
  /** Set when the job failed: a sentence for the person who submitted it. */
  error: string | undefined
  /** The job submitted after this one, while both wait. */
  next: Job | undefined
}

export interface JobQueueOptions {
  /** Jobs that run at once, at most. */
  concurrency: number
  /** Jobs that wait, at most. */
  queueMax: number
  /** Finished jobs that are remembered, at most; the oldest is forgotten first. */
  finishedMax: number
  /** Put before the random part of every id. */
  idPrefix: string
  clock: Clock
  /** Draws how long a job takes, in milliseconds. */
  drawMs(): number
  run(order: JobOrder): Promise<JobResult>
  /** Called after every change of a job's state. */
  changed(job: Job): void
  /** Called with the reason when a job's thread failed. */
  broke(job: Job, reason: unknown): void
}

/** Accepts jobs, runs them in the order of submission, and remembers how they ended. All its tables are bounded. */
export class JobQueue {
  readonly #options: JobQueueOptions
  readonly #jobs = new Map<string, Job>()
  /** Ids of finished jobs, a ring: `#finishedCount` modulo its length is the next place. */
  readonly #finished: (string | undefined)[] = []
  #finishedCount = 0
  #first: Job | undefined
  #last: Job | undefined
  #closed = false
  queued = 0
  running = 0
  done = 0
  failed = 0

  constructor(options: JobQueueOptions) {
    this.#options = options
  }

  /** The accepted job, or `undefined` when the queue is full or closed. */
  submit(task: string): Job | undefined {
    const { concurrency, queueMax, idPrefix, clock } = this.#options
    if (this.#closed || (this.running >= concurrency && this.queued >= queueMax)) return undefined
    const job: Job = {
      id: idPrefix + randomUUID(),
      task,
      state: 'queued',
      submittedAtMs: clock.wallMs(),
      startedAtMs: undefined,
      finishedAtMs: undefined,
      durationMs: undefined,
      result: undefined,
      error: undefined,
      next: undefined,
    }
    this.#jobs.set(job.id, job)
    if (this.#last) this.#last.next = job
    else this.#first = job
    this.#last = job
    this.queued++
    this.#options.changed(job)
    this.#startNext()
    return job
  }

  /** The job with this id; `undefined` when it never was, or is forgotten. */
  find(id: string): Job | undefined {
    return this.#jobs.get(id)
  }

  /** The jobs submitted last, newest first. */
  recent(max: number): Job[] {
    return [...this.#jobs.values()].slice(-max).reverse()
  }

  /** Takes and starts no more jobs; those waiting or running end as failed. */
  close(): void {
    this.#closed = true
    for (let job = this.#first; job; job = this.#first) {
      this.#takeFirst()
      this.#finish(job, { error: CLOSED })
    }
  }

  #startNext(): void {
    while (!this.#closed && this.#first && this.running < this.#options.concurrency) {
      void this.#run(this.#takeFirst()!)
    }
  }

  #takeFirst(): Job | undefined {
    const job = this.#first
    if (!job) return undefined
    this.#first = job.next
    if (!this.#first) this.#last = undefined
    job.next = undefined
    this.queued--
    return job
  }

  async #run(job: Job): Promise<void> {
    job.state = 'running'
    job.startedAtMs = this.#options.clock.wallMs()
    job.durationMs = this.#options.drawMs()
    this.running++
    this.#options.changed(job)
    let outcome: { result: JobResult } | { error: string }
    try {
      outcome = { result: await this.#options.run({ durationMs: job.durationMs }) }
    } catch (reason) {
      outcome = { error: this.#closed ? CLOSED : BROKE }
      if (!this.#closed) this.#options.broke(job, reason)
    }
    this.running--
    this.#finish(job, outcome)
    this.#startNext()
  }

  #finish(job: Job, outcome: { result: JobResult } | { error: string }): void {
    if ('result' in outcome) job.result = outcome.result
    else job.error = outcome.error
    job.state = 'result' in outcome ? 'done' : 'failed'
    if (job.state === 'done') this.done++
    else this.failed++
    job.finishedAtMs = this.#options.clock.wallMs()
    this.#remember(job)
    this.#options.changed(job)
  }

  #remember(job: Job): void {
    const { finishedMax } = this.#options
    if (finishedMax === 0) {
      this.#jobs.delete(job.id)
      return
    }
    const place = this.#finishedCount++ % finishedMax
    const oldest = this.#finished[place]
    if (oldest !== undefined) this.#jobs.delete(oldest)
    this.#finished[place] = job.id
  }
}

const CLOSED = 'The worker was closed before the job had ended.'
const BROKE = 'The thread that ran the job failed.'
