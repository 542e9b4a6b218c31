import assert from 'node:assert/strict'
import { parseDistribution, sampler, seededRandom } from '@archlab/runtime/kit'
import { Job } from './job.ts'
import { type Discipline, QueueingStation } from './queueing-station.ts'

const BATCHES = 32
/** Student's t for 31 degrees of freedom, 99.9 % on two sides. */
const T = 3.633

export interface Estimate {
  mean: number
  /** Half of the 99.9 % confidence interval. */
  halfWidth: number
}

/** Values of one run in their order. Neighbours depend on each other, means of long batches hardly do (Law, Kelton). */
export class Series {
  #values = new Float64Array(1024)
  #count = 0

  add(value: number): void {
    if (this.#count === this.#values.length) {
      const more = new Float64Array(2 * this.#count)
      more.set(this.#values)
      this.#values = more
    }
    this.#values[this.#count++] = value
  }

  /** The mean by batch means; the first tenth, in which the station fills, is left out. */
  estimate(): Estimate {
    const values = this.#values.subarray(Math.floor(this.#count / 10), this.#count)
    const size = Math.floor(values.length / BATCHES)
    const means = Array.from({ length: BATCHES }, (_, batch) => {
      let sum = 0
      for (let at = batch * size; at < (batch + 1) * size; at++) sum += values[at]!
      return sum / size
    })
    const mean = means.reduce((sum, one) => sum + one, 0) / BATCHES
    const variance = means.reduce((sum, one) => sum + (one - mean) ** 2, 0) / (BATCHES - 1)
    return { mean, halfWidth: T * Math.sqrt(variance / BATCHES) }
  }
}

/** Asserts that a run confirms a formula, and that it was long enough to refute it: the interval is at most so wide. */
export function confirms(series: Series, expected: number, precision: number, what = ''): void {
  const { mean, halfWidth } = series.estimate()
  const told = `${what} ${mean} ± ${halfWidth}, expected ${expected}`
  assert.ok(halfWidth <= precision * expected, `too short: ${told}`)
  assert.ok(Math.abs(mean - expected) <= halfWidth, told)
}

/** What a run of an open station is made of; times in milliseconds. */
export interface Run {
  servers?: number
  capacity?: number
  discipline?: Discipline
  /** As in a topology: `{ exponential: '1ms' }`. */
  gap: unknown
  service: unknown
  jobs: number
  seed?: number
  /** Urgency of each job; 3 when left out. */
  urgency?: (uniform: number) => number
  /** Sees each job that was served as it leaves. */
  observe?: (job: Job) => void
}

export interface Result {
  station: QueueingStation
  /** Of those who were served, in order of departure. */
  waited: Series
  sojourned: Series
  /** 1 for each arrival that was refused, 0 for each that was not. */
  refused: Series
}

/** Lets jobs come to a station in simulated time until it has seen so many, and then lets it run empty. */
export function simulate(run: Run): Result {
  const { servers = 1, capacity = Number.POSITIVE_INFINITY, discipline = 'fifo', seed = 1, urgency, observe } = run
  const drawGapMs = sampler(parseDistribution(run.gap), seededRandom(`gaps ${seed}`))
  const drawServiceMs = sampler(parseDistribution(run.service), seededRandom(`services ${seed}`))
  const choices = seededRandom(`choices ${seed}`)
  const station = new QueueingStation({ servers, capacity, discipline, random: seededRandom(`turns ${seed}`) })
  const [waited, sojourned, refused] = [new Series(), new Series(), new Series()]
  class Customer extends Job {
    override left(): void {
      waited.add(this.startMs - this.arrivalMs)
      sojourned.add(this.departureMs - this.arrivalMs)
      observe?.(this)
    }
  }
  let atMs = 0
  for (let job = 0; job < run.jobs; job++) {
    atMs += drawGapMs()
    const customer = new Customer(drawServiceMs(), Number.POSITIVE_INFINITY, urgency?.(choices.next()))
    refused.add(station.arrive(customer, atMs) ? 0 : 1)
  }
  drain(station)
  return { station, waited, sojourned, refused }
}

/** Lets everything happen that is still to come. */
export function drain(station: QueueingStation): void {
  while (station.nextEventMs < Number.POSITIVE_INFINITY) station.advance(station.nextEventMs)
}
