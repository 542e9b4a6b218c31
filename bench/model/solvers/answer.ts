import type { Label } from '../prediction.ts'

/**
 * What a solver returns beside its figures. Solvers know no unit of time: rates are per the unit in which times are given.
 * Arguments that mean nothing (a negative rate, half a server) throw a RangeError; a system that cannot keep up is an answer.
 */
export interface Answer {
  readonly label: Label
  /** What must hold for the figures to be true. */
  readonly assumptions: readonly string[]
}

/** The stationary state of one queue. */
export interface QueueAnswer extends Answer {
  /** `saturated`: more comes than can be served, and the line grows without bound; waits and lengths are Infinity then. */
  readonly state: 'steady' | 'saturated'
  /** Offered load for each server, arrival rate × service time ÷ servers; 0 for infinitely many. May be above 1. */
  readonly load: number
  /** Mean share of the servers that is busy, 0..1; of infinitely many servers the mean number of busy ones. */
  readonly utilisation: number
  /** Departures per unit of time: what it carries. */
  readonly throughput: number
  /** Probability that an arrival is turned away. */
  readonly refused: number
  /** Probability that an arrival that is taken in has to wait. */
  readonly delayed: number
  /** Mean wait of those who are taken in. */
  readonly wait: number
  /** Mean time in the system of those who are taken in: wait and service. */
  readonly response: number
  /** Mean number waiting, and in the system. */
  readonly waiting: number
  readonly inSystem: number
}

/** Throws a RangeError unless the value is a number from 0 on (from above 0 where `positive`), finite unless allowed. */
export function assertAmount(name: string, value: number, { positive = false, infinite = false } = {}): void {
  const fits = (positive ? value > 0 : value >= 0) && (infinite || value < Number.POSITIVE_INFINITY)
  if (!fits) throw new RangeError(`${name} must be a ${positive ? 'positive' : 'non-negative'} number, not ${value}`)
}

/** Throws a RangeError unless the value is a whole number of at least `min`, or Infinity where allowed. */
export function assertCount(name: string, value: number, min: number, infinite = false): void {
  const fits = (infinite && value === Number.POSITIVE_INFINITY) || (Number.isInteger(value) && value >= min)
  if (!fits) throw new RangeError(`${name} must be a whole number from ${min} on, not ${value}`)
}
