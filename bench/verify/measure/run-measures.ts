import type { ExpectationSpec, MeasureSpec, PhaseSpec } from '@archlab/runtime/topology'
import type { Samples } from '../../load/record/sample-log.ts'
import type { ComponentTimeline, LoadResult } from '../../load/result.ts'
import type { CarriedOut, Estimate } from '../result.ts'
import { Arrivals, type Stretch } from './arrivals.ts'
import { arrivalsEstimate, timeEstimate } from './clients.ts'
import { executionsEstimate, metersEstimate, stepsWithin, utilisationEstimate } from './meters.ts'
import { type Recovery, recoveryOf } from './recovery.ts'

const UNKNOWN: ComponentTimeline = { statuses: {}, utilisation: [], queueLength: [] }

/** A run, real or simulated, as far as measures look at it. */
export interface MeasuredRun {
  readonly events: readonly CarriedOut[]
  readonly load: Pick<LoadResult, 'workload' | 'elapsedMs' | 'timeline'>
}

/** Answers for every measure of one run. */
export class RunMeasures {
  readonly #run: MeasuredRun
  readonly #arrivals: Arrivals
  /** What came after the warm-up. */
  readonly #measured: Stretch

  constructor(run: MeasuredRun, samples: Samples) {
    const { workload, elapsedMs } = run.load
    this.#run = run
    this.#arrivals = Arrivals.of(
      samples,
      workload.requests.map(({ name }) => name),
    )
    // A timer may fire a hair early; without a warm-up nothing belongs to it.
    const fromMs = workload.warmupMs > 0 ? workload.warmupMs : Number.NEGATIVE_INFINITY
    this.#measured = { fromMs, toMs: Number.POSITIVE_INFINITY }
    this.#elapsedMs = elapsedMs
  }

  readonly #elapsedMs: number

  /** The value of a measure in the phase that counts. */
  estimate({ measure, unit, phase }: Pick<ExpectationSpec, 'measure' | 'unit' | 'phase'>): Estimate {
    const stretch = this.#stretchOf(phase)
    if (stretch.toMs <= stretch.fromMs) return none('this phase has no time after the warm-up')
    const { timeline } = this.#run.load
    const bounded = this.#bounded(stretch)
    const steps = stepsWithin(timeline, bounded, this.#elapsedMs)
    switch (measure.type) {
      case 'time':
        return timeEstimate(measure, this.#arrivals.within(stretch, measure.request))
      case 'arrivals':
        return arrivalsEstimate(measure.which, unit, this.#arrivals.within(stretch, measure.request), bounded)
      case 'recovery':
        return this.#recovery(measure)
      case 'utilisation':
        return utilisationEstimate(this.#component(measure.component), measure.meters, this.#underLoad(steps))
      case 'executions':
        return executionsEstimate(this.#component(measure.component), timeline.intended, steps)
      case 'meters':
        return metersEstimate(this.#component(measure.component), measure.meters, countable(unit), steps, bounded)
    }
  }

  #component(name: string): ComponentTimeline {
    return this.#run.load.timeline.components[name] ?? UNKNOWN
  }

  /** The last step takes in the time until the lab had closed, in which nobody was busy. */
  #underLoad({ first, end }: ReturnType<typeof stepsWithin>): ReturnType<typeof stepsWithin> {
    return { first, end: Math.max(first + 1, Math.min(end, this.#run.load.timeline.intended.length - 1)) }
  }

  /** Within the time in which arrivals were made. */
  #bounded({ fromMs, toMs }: Stretch): Stretch {
    return { fromMs: Math.max(0, fromMs), toMs: Math.min(this.#elapsedMs, toMs) }
  }

  #stretchOf(phase: PhaseSpec | null): Stretch {
    const all = this.#measured
    if (!phase) return all
    if (phase.type === 'time') return cut(all, phase.fromMs, phase.toMs ?? Number.POSITIVE_INFINITY)
    const event = this.#run.events.find(
      ({ operation, beganMs }) => operation.action === phase.action && beganMs !== null,
    )
    if (!event) return { fromMs: 0, toMs: 0 }
    const beganMs = event.beganMs!
    const { operation } = event
    const forMs = 'forMs' in operation ? operation.forMs : null
    if (forMs !== null) return cut(all, beganMs, beganMs + forMs)
    const recovery = this.#recoveryFrom(event, this.#arrivals)
    if (recovery.type !== 'recovered') return cut(all, beganMs, Number.POSITIVE_INFINITY)
    // Where nothing was to be seen of it, one window shows that.
    return cut(all, beganMs, beganMs + Math.max(recovery.afterMs, recovery.windowMs))
  }

  /** The longest of all events. */
  #recovery({ request }: Extract<MeasureSpec, { type: 'recovery' }>): Estimate {
    const all = { fromMs: Number.NEGATIVE_INFINITY, toMs: Number.POSITIVE_INFINITY }
    const arrivals = this.#arrivals.within(all, request)
    const events = this.#run.events.filter(({ beganMs }) => beganMs !== null)
    if (events.length === 0) return none('nothing was done to the lab, so there is nothing to recover from')
    let longestMs = 0
    for (const event of events) {
      const recovery = this.#recoveryFrom(event, arrivals)
      const name = event.operation.action
      if (recovery.type === 'unknown') return none(recovery.why)
      if (recovery.type === 'not recovered') {
        const seconds = (recovery.observedMs / 1000).toFixed(1)
        return none(`it had not recovered from "${name}" ${seconds} s later, when the run or the next event came`)
      }
      longestMs = Math.max(longestMs, recovery.afterMs)
    }
    return { value: longestMs, interval: null, samples: arrivals.count, note: null }
  }

  #recoveryFrom(event: CarriedOut, arrivals: Arrivals): Recovery {
    const began = this.#run.events.flatMap(({ beganMs }) => (beganMs === null ? [] : [beganMs]))
    const beganMs = event.beganMs!
    const before = { fromMs: Math.max(0, this.#measured.fromMs), toMs: Math.min(...began) }
    const next = began.filter(atMs => atMs > beganMs)
    return recoveryOf(arrivals, before, { fromMs: beganMs, toMs: Math.min(this.#elapsedMs, ...next) })
  }
}

const none = (note: string): Estimate => ({ value: null, interval: null, samples: 0, note })

const cut = (all: Stretch, fromMs: number, toMs: number): Stretch => ({
  fromMs: Math.max(all.fromMs, fromMs),
  toMs: Math.min(all.toMs, toMs),
})

const countable = (unit: ExpectationSpec['unit']): 'ratio' | 'count' | 'perSecond' => (unit === 'ms' ? 'count' : unit)
