import type { Random } from '@archlab/runtime/kit'
import { type Job, URGENCIES } from './job.ts'

/** Jobs that wait, and who of them is next. */
export interface WaitingLine {
  readonly size: number
  /** Takes in a job that waits nowhere. */
  join(job: Job): void
  /** Takes out the job whose turn it is; `undefined` when none waits. */
  take(): Job | undefined
  /** Takes out a job that waits here, wherever it stands. */
  leave(job: Job): void
}

/** A doubly linked line whose neighbours lie in the jobs: every operation costs the same, and allocates nothing. */
class LinkedLine {
  size = 0
  first: Job | undefined = undefined
  last: Job | undefined = undefined

  join(job: Job): void {
    job.ahead = this.last
    job.behind = undefined
    if (this.last) this.last.behind = job
    else this.first = job
    this.last = job
    this.size += 1
  }

  leave(job: Job): void {
    if (job.ahead) job.ahead.behind = job.behind
    else this.first = job.behind
    if (job.behind) job.behind.ahead = job.ahead
    else this.last = job.ahead
    job.ahead = undefined
    job.behind = undefined
    this.size -= 1
  }
}

/** First come, first served. */
export class FifoLine extends LinkedLine implements WaitingLine {
  take(): Job | undefined {
    const job = this.first
    if (job) this.leave(job)
    return job
  }
}

/** Last come, first served; a service that has begun is not interrupted. */
export class LifoLine extends LinkedLine implements WaitingLine {
  take(): Job | undefined {
    const job = this.last
    if (job) this.leave(job)
    return job
  }
}

/** The most urgent first, in order of coming within an urgency; a service that has begun is not interrupted. */
export class PriorityLine implements WaitingLine {
  size = 0
  readonly #lines = Array.from({ length: URGENCIES }, () => new FifoLine())

  join(job: Job): void {
    this.#lines[job.urgency]!.join(job)
    this.size += 1
  }

  take(): Job | undefined {
    for (const line of this.#lines) {
      if (line.size === 0) continue
      this.size -= 1
      return line.take()
    }
    return undefined
  }

  leave(job: Job): void {
    this.#lines[job.urgency]!.leave(job)
    this.size -= 1
  }
}

/** Any of those who wait, each with the same probability. */
export class RandomLine implements WaitingLine {
  readonly #jobs: Job[] = []
  readonly #random: Random

  constructor(random: Random) {
    this.#random = random
  }

  get size(): number {
    return this.#jobs.length
  }

  join(job: Job): void {
    job.place = this.#jobs.length
    this.#jobs.push(job)
  }

  take(): Job | undefined {
    const job = this.#jobs[Math.floor(this.#random.next() * this.#jobs.length)]
    if (job) this.leave(job)
    return job
  }

  /** The last of the array takes the place that becomes free: their order means nothing. */
  leave(job: Job): void {
    const last = this.#jobs.pop()!
    if (last !== job) {
      this.#jobs[job.place] = last
      last.place = job.place
    }
    job.place = -1
  }
}
