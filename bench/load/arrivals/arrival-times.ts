import { type Random, seededRandom } from '@archlab/runtime/kit'
import type { ArrivalProcess, ArrivalSpec, ClosedLoopSpec } from '@archlab/runtime/topology'
import { bursts, CumulativeRate, type RateProfile, staged, steady } from './rate-profile.ts'
import type { Trace } from './trace.ts'

/** Intended starts in milliseconds from the start of the run, in order; Infinity when there are no more. */
export interface ArrivalTimes {
  next(): number
}

export type OpenLoopSpec = Exclude<ArrivalSpec, ClosedLoopSpec>

/** What arrival times are made from besides their declaration. */
export interface ArrivalOptions {
  readonly seed: string | number
  /** No arrival from then on; Infinity for no end. A ramp takes this long. */
  readonly durationMs: number
  /** Content of a trace's file. */
  readonly trace?: Trace
}

/** The arrival times of an open loop: the same for the same seed, whoever draws them. */
export function arrivalTimes(spec: OpenLoopSpec, options: ArrivalOptions): ArrivalTimes {
  const times = unbounded(spec, options)
  return {
    next() {
      const atMs = times.next()
      return atMs < options.durationMs ? atMs : Number.POSITIVE_INFINITY
    },
  }
}

function unbounded(spec: OpenLoopSpec, options: ArrivalOptions): ArrivalTimes {
  if (spec.type === 'trace' && options.trace?.type === 'times') return listed(options.trace.timesMs)
  const random = seededRandom(`${options.seed} arrivals`)
  return rescaled(rateProfile(spec, options), processOf(spec), random)
}

/** The declared rate over time. Drawn anew with the same seed it is the same again, random bursts included. */
export function rateProfile(spec: OpenLoopSpec, { seed, durationMs, trace }: ArrivalOptions): RateProfile {
  switch (spec.type) {
    case 'constant':
    case 'poisson':
      return steady(spec.perSecond)
    case 'ramp':
      return staged([{ from: spec.from, to: spec.to, durationMs }])
    case 'stages':
      return staged(spec.stages)
    case 'bursts':
      return bursts(spec, seededRandom(`${seed} bursts`))
    case 'trace':
      if (trace?.type !== 'rates') throw new Error('a trace of times has no rate')
      return staged(trace.stages)
  }
}

/** How arrivals lie in time, given their rate. */
export function processOf(spec: OpenLoopSpec): ArrivalProcess {
  return spec.type === 'constant' || spec.type === 'poisson' ? spec.type : spec.process
}

/** Poisson: exponential steps of mean 1; constant: steps of 1, the first at 0; both seen through the rate. */
function rescaled(profile: RateProfile, process: ArrivalProcess, random: Random): ArrivalTimes {
  const rate = new CumulativeRate(profile)
  let expected = process === 'poisson' ? 0 : -1
  return {
    next() {
      expected += process === 'poisson' ? -Math.log(1 - random.next()) : 1
      return rate.timeOf(expected)
    },
  }
}

function listed(timesMs: readonly number[]): ArrivalTimes {
  let at = 0
  return { next: () => (at < timesMs.length ? timesMs[at++]! : Number.POSITIVE_INFINITY) }
}
