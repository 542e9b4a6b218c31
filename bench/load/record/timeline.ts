import { ValueHistogram } from './value-histogram.ts'

/** What happened in one step of time; arrivals belong to the step of their intended start. */
export interface TimelineStep {
  readonly intended: number
  readonly completed: number
  readonly failed: number
  readonly p50: number | null
  readonly p95: number | null
  readonly p99: number | null
  readonly inFlight: number
}

interface OpenStep {
  intended: number
  completed: number
  failed: number
  inFlight: number
  readonly latency: ValueHistogram
}

/**
 * Counts and percentiles over time. A step is closed when every arrival in it has ended, so that a stall shows where its
 * requests should have started; only the steps still open hold a histogram.
 */
export class TimelineRecorder {
  readonly stepMs: number
  readonly steps: TimelineStep[] = []
  readonly #open: OpenStep[] = []
  readonly #spare: ValueHistogram[] = []

  constructor(stepMs: number) {
    this.stepMs = stepMs
  }

  intended(atMs: number): void {
    this.#at(atMs).intended += 1
  }

  ended(intendedMs: number, replied: boolean, latencyMs: number): void {
    const step = this.#at(intendedMs)
    if (!replied) step.failed += 1
    else {
      step.completed += 1
      step.latency.record(latencyMs)
    }
  }

  /** Requests under way at a time; the last word in a step counts. */
  inFlight(atMs: number, count: number): void {
    this.#at(atMs).inFlight = count
  }

  /** Closes every step in which nothing can happen any more: arrivals before `beforeMs` have ended. */
  closeBefore(beforeMs: number): void {
    while (this.#open.length > 0 && (this.steps.length + 1) * this.stepMs <= beforeMs) this.#close()
  }

  /** Closes all steps. */
  finish(): readonly TimelineStep[] {
    while (this.#open.length > 0) this.#close()
    return this.steps
  }

  #at(timeMs: number): OpenStep {
    const index = Math.max(0, Math.floor(timeMs / this.stepMs) - this.steps.length)
    while (this.#open.length <= index) {
      const latency = this.#spare.pop() ?? new ValueHistogram()
      this.#open.push({ intended: 0, completed: 0, failed: 0, inFlight: 0, latency })
    }
    return this.#open[index]!
  }

  #close(): void {
    const { latency, ...counts } = this.#open.shift()!
    this.steps.push({
      ...counts,
      p50: latency.quantile(0.5),
      p95: latency.quantile(0.95),
      p99: latency.quantile(0.99),
    })
    latency.clear()
    this.#spare.push(latency)
  }
}
