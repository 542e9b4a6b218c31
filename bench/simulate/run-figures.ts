import type { WorkloadSpec } from '@archlab/runtime/topology'
import type { Ended } from '../load/record/recorder.ts'
import type { TimelineStep } from '../load/record/timeline.ts'
import { type Measure, meanOfValues, quantileOfValues, withinRun } from './estimates.ts'
import type { Estimate } from './result.ts'
import { Series } from './series.ts'

const TIMES: readonly [string, (values: Float64Array) => number][] = [
  ['mean', meanOfValues],
  ['p50', quantileOfValues(0.5)],
  ['p95', quantileOfValues(0.95)],
  ['p99', quantileOfValues(0.99)],
]

/** One kind of request, or all of them, in the order in which they ended. */
class Stream {
  readonly latencies = new Series()
  /** 1 for an error, 0 for none. */
  readonly errors = new Series()

  add({ intendedMs, endedMs, outcome, status }: Ended): void {
    const replied = outcome === 'replied'
    if (replied) this.latencies.add(endedMs - intendedMs)
    this.errors.add(replied && status < 400 ? 0 : 1)
  }

  estimates(request: string | null): Estimate[] {
    const latencies = this.latencies.values
    const of = (measure: string, unit: Measure['unit'], read: Measure['read'], values: Float64Array): Estimate[] =>
      values.length === 0 ? [] : [withinRun({ measure, request, unit, read }, values)]
    return [
      ...TIMES.flatMap(([name, read]) => of(name, 'ms', read, latencies)),
      ...of('errors', 'ratio', meanOfValues, this.errors.values),
    ]
  }
}

/** The series of a run from which its intervals come. Arrivals of the warm-up are left out. */
export class RunFigures {
  readonly #all = new Stream()
  readonly #requests: readonly Stream[]
  readonly #warmupMs: number

  constructor({ requests, warmupMs }: WorkloadSpec) {
    this.#requests = requests.map(() => new Stream())
    this.#warmupMs = warmupMs
  }

  readonly add = (ended: Ended): void => {
    if (ended.intendedMs < this.#warmupMs) return
    this.#all.add(ended)
    if (this.#requests.length > 1) this.#requests[ended.request]!.add(ended)
  }

  /** The first latencies of all requests. */
  latencies(most: number): number[] {
    return [...this.#all.latencies.values.subarray(0, most)]
  }

  estimates({ requests, warmupMs }: WorkloadSpec, steps: readonly TimelineStep[], stepMs: number): Estimate[] {
    const whole = steps.slice(Math.ceil(warmupMs / stepMs), -1)
    const perSecond = Float64Array.from(whole, step => (step.completed * 1000) / stepMs)
    const rate: Measure = { measure: 'rate', request: null, unit: 'perSecond', read: meanOfValues }
    return [
      ...this.#all.estimates(null),
      ...(perSecond.length > 0 ? [withinRun(rate, perSecond)] : []),
      ...(requests.length > 1 ? this.#requests.flatMap((one, at) => one.estimates(requests[at]!.name)) : []),
    ]
  }
}
