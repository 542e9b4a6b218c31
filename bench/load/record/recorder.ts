import { type Random, seededRandom } from '@archlab/runtime/kit'
import { type Counts, countOutcome, newCounts, type Outcome } from './outcomes.ts'
import { TimelineRecorder } from './timeline.ts'
import { ValueHistogram } from './value-histogram.ts'

/** Neighbouring sends that are kept for the test of the arrival process. */
const GAPS_MAX = 5000
const STEP_MS = 1000
/** Noticed so much after its intended start an arrival counts as late; finer than that timers are not. */
export const LATE_MS = 1

/** One kind of request. */
export interface RequestRecord {
  readonly name: string
  readonly warmup: Counts
  readonly measured: Counts
  /** From the intended start to the end of the reply, and from the send; both after the warm-up. */
  readonly latency: ValueHistogram
  readonly service: ValueHistogram
}

/** An arrival that has ended. Times in milliseconds from the start of the run. */
export interface Ended {
  readonly request: number
  readonly intendedMs: number
  /** Equal to `endedMs` when it was never sent. */
  readonly sentMs: number
  readonly endedMs: number
  readonly outcome: Outcome
  readonly status: number
  readonly bytes: number
}

/** Two sends that followed one another, intended and real. */
export interface SendGap {
  readonly intendedMs: readonly [number, number]
  readonly sentMs: readonly [number, number]
}

/** Takes down what happens to every arrival: counts, histograms and a timeline, in constant memory but for the timeline. */
export class Recorder {
  readonly requests: readonly RequestRecord[]
  /** How much later than intended requests were sent, after the warm-up. */
  readonly lag = new ValueHistogram()
  /** Arrivals that the generator noticed more than `LATE_MS` after they were due, after the warm-up. */
  late = 0
  /** How much later than intended arrivals were noticed, after the warm-up: the lag without the wait for a free connection. */
  readonly lateness = new ValueHistogram()
  readonly timeline: TimelineRecorder
  readonly gaps: SendGap[] = []
  /** Integral of the number of arrivals in the system over time, and sum of their times in it: Little's law compares them. */
  inSystemMs = 0
  sojournMs = 0
  inSystem = 0
  readonly #warmupMs: number
  readonly #random: Random
  /** A first request may come a hair before the start: a timer may fire early. */
  #changedMs = Number.NEGATIVE_INFINITY
  #gapsSeen = 0
  #lastIntendedMs = Number.NaN
  #lastSentMs = Number.NaN
  /** Also told of every arrival that has ended; for raw data. */
  readonly #each: ((ended: Ended) => void) | undefined

  constructor(
    names: readonly string[],
    options: { warmupMs: number; seed: string | number; stepMs?: number; each?: (ended: Ended) => void },
  ) {
    this.timeline = new TimelineRecorder(options.stepMs ?? STEP_MS)
    // A timer may fire a hair early; without a warm-up nothing belongs to it.
    this.#warmupMs = options.warmupMs > 0 ? options.warmupMs : Number.NEGATIVE_INFINITY
    this.#each = options.each
    this.#random = seededRandom(`${options.seed} gaps`)
    this.requests = names.map(name => ({
      name,
      warmup: newCounts(),
      measured: newCounts(),
      latency: new ValueHistogram(),
      service: new ValueHistogram(),
    }))
  }

  /** Somebody wanted to ask at `intendedMs`; noticed at `nowMs`. */
  intended(request: number, intendedMs: number, nowMs: number): void {
    this.#countsOf(request, intendedMs).intended += 1
    if (intendedMs >= this.#warmupMs) this.lateness.record(nowMs - intendedMs)
    this.timeline.intended(intendedMs)
    if (intendedMs >= this.#warmupMs && nowMs - intendedMs > LATE_MS) this.late += 1
    this.#change(nowMs, 1)
    // It has been in the system since its intended start.
    this.inSystemMs += Math.max(0, nowMs - intendedMs)
  }

  sent(intendedMs: number, sentMs: number): void {
    if (intendedMs >= this.#warmupMs) this.lag.record(sentMs - intendedMs)
    this.#keepGap(intendedMs, sentMs)
  }

  ended(ended: Ended): void {
    const { request, intendedMs, sentMs, endedMs, outcome, status, bytes } = ended
    countOutcome(this.#countsOf(request, intendedMs), outcome, status, bytes)
    const replied = outcome === 'replied'
    this.timeline.ended(intendedMs, replied, endedMs - intendedMs)
    if (replied && intendedMs >= this.#warmupMs) {
      const record = this.requests[request]!
      record.latency.record(endedMs - intendedMs)
      record.service.record(endedMs - sentMs)
    }
    this.#change(endedMs, -1)
    this.sojournMs += endedMs - intendedMs
    this.#each?.(ended)
  }

  /** Everything up to `nowMs` is known but for arrivals of the last `openMs`. */
  tick(nowMs: number, openMs: number): void {
    this.timeline.inFlight(nowMs, this.inSystem)
    this.timeline.closeBefore(nowMs - openMs)
  }

  #countsOf(request: number, intendedMs: number): Counts {
    const record = this.requests[request]!
    return intendedMs < this.#warmupMs ? record.warmup : record.measured
  }

  #change(nowMs: number, by: number): void {
    const atMs = Math.max(nowMs, this.#changedMs)
    if (this.inSystem > 0) this.inSystemMs += this.inSystem * (atMs - this.#changedMs)
    this.#changedMs = atMs
    this.inSystem += by
  }

  /** A fair sample of all pairs (reservoir sampling: J. Vitter, ACM TOMS 11(1), 1985, algorithm R). */
  #keepGap(intendedMs: number, sentMs: number): void {
    const gap: SendGap = { intendedMs: [this.#lastIntendedMs, intendedMs], sentMs: [this.#lastSentMs, sentMs] }
    const isFirst = Number.isNaN(this.#lastIntendedMs)
    this.#lastIntendedMs = intendedMs
    this.#lastSentMs = sentMs
    if (isFirst) return
    this.#gapsSeen += 1
    if (this.gaps.length < GAPS_MAX) this.gaps.push(gap)
    else {
      const place = Math.floor(this.#random.next() * this.#gapsSeen)
      if (place < GAPS_MAX) this.gaps[place] = gap
    }
  }
}
