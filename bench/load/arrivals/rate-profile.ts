import { type Distribution, type Random, sampler } from '@archlab/runtime/kit'
import type { StageSpec } from '@archlab/runtime/topology'

/** A stretch of time in which the rate changes linearly; rates in arrivals per millisecond. */
export interface RateSegment {
  readonly durationMs: number
  readonly from: number
  readonly to: number
}

/** A rate that changes over time, as stretches that follow one another; endless, or the rate is 0 after the last. */
export type RateProfile = Iterable<RateSegment>

/** The same rate for ever. */
export function steady(perSecond: number): RateProfile {
  return [{ durationMs: Number.POSITIVE_INFINITY, from: perSecond / 1000, to: perSecond / 1000 }]
}

/** One linear change after the other. */
export function staged(stages: readonly StageSpec[]): RateProfile {
  return stages.map(({ from, to, durationMs }) => ({ durationMs, from: from / 1000, to: to / 1000 }))
}

/** High and low rates in turn, each for a time that may be random: an on-off source. */
export function* bursts(
  spec: { onPerSecond: number; offPerSecond: number; on: Distribution; off: Distribution },
  random: Random,
): RateProfile {
  const drawOn = sampler(spec.on, random)
  const drawOff = sampler(spec.off, random)
  for (;;) {
    yield { durationMs: drawOn(), from: spec.onPerSecond / 1000, to: spec.onPerSecond / 1000 }
    yield { durationMs: drawOff(), from: spec.offPerSecond / 1000, to: spec.offPerSecond / 1000 }
  }
}

/**
 * The integral of a rate and its inverse, for questions that never go back. A Poisson process of any rate is one of rate 1
 * seen through it (time rescaling: E. Çinlar, Introduction to Stochastic Processes, 1975, ch. 4).
 */
export class CumulativeRate {
  readonly #segments: Iterator<RateSegment>
  #segment: RateSegment | undefined
  #startMs = 0
  /** Expected arrivals before the present segment. */
  #before = 0

  constructor(profile: RateProfile) {
    this.#segments = profile[Symbol.iterator]()
    this.#next()
  }

  /** When so many arrivals are expected to have come; Infinity when that never happens. */
  timeOf(expected: number): number {
    while (this.#segment) {
      const area = areaOf(this.#segment, this.#segment.durationMs)
      const wanted = expected - this.#before
      if (wanted <= area) return this.#startMs + timeForArea(this.#segment, Math.max(0, wanted))
      this.#leave(area)
    }
    return Number.POSITIVE_INFINITY
  }

  /** How many arrivals are expected up to a time. */
  expectedAt(timeMs: number): number {
    while (this.#segment && timeMs > this.#startMs + this.#segment.durationMs) {
      this.#leave(areaOf(this.#segment, this.#segment.durationMs))
    }
    return this.#before + (this.#segment ? areaOf(this.#segment, Math.max(0, timeMs - this.#startMs)) : 0)
  }

  #leave(area: number): void {
    this.#startMs += this.#segment!.durationMs
    this.#before += area
    this.#next()
  }

  #next(): void {
    const { value, done } = this.#segments.next()
    this.#segment = done ? undefined : value
  }
}

/** Slope of the rate; 0 for a constant one, however long it lasts. */
const slopeOf = ({ from, to, durationMs }: RateSegment): number => (from === to ? 0 : (to - from) / durationMs)

function areaOf(segment: RateSegment, timeMs: number): number {
  if (timeMs === Number.POSITIVE_INFINITY) return segment.from === 0 && segment.to === 0 ? 0 : timeMs
  return segment.from * timeMs + (slopeOf(segment) * timeMs * timeMs) / 2
}

/** Solves area = from × t + slope × t²/2, in the form that loses no digits when the slope is small. */
function timeForArea(segment: RateSegment, area: number): number {
  if (area === 0) return 0
  const root = Math.sqrt(Math.max(0, segment.from * segment.from + 2 * slopeOf(segment) * area))
  return Math.min(segment.durationMs, (2 * area) / (segment.from + root))
}
