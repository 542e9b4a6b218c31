import type { LoadResult } from '../../load/result.ts'

/** Steps that charts and tables show at most: more than a screen has pixels for, and a page of bounded size. */
export const STEPS_MAX = 600

/** A stretch of the timeline. Percentiles are the highest of the steps in it: those of a whole cannot be had from its parts. */
export interface Stretch {
  readonly fromMs: number
  readonly intended: number
  readonly completed: number
  readonly failed: number
  readonly p50: number | null
  readonly p95: number | null
  readonly p99: number | null
  /** Of the last step. */
  readonly inFlight: number
}

export interface Stretches {
  /** How many steps of the result one stretch holds. */
  readonly stepsEach: number
  readonly lengthMs: number
  readonly list: readonly Stretch[]
}

/** The timeline in at most `max` stretches of equal length. */
export function stretchesOf({ timeline }: LoadResult, max = STEPS_MAX): Stretches {
  const { stepMs, intended, completed, failed, p50, p95, p99, inFlight } = timeline
  const stepsEach = Math.max(1, Math.ceil(intended.length / max))
  const list = chunks(intended.length, stepsEach).map(([from, to]) => ({
    fromMs: from * stepMs,
    intended: sum(intended.slice(from, to)),
    completed: sum(completed.slice(from, to)),
    failed: sum(failed.slice(from, to)),
    p50: highest(p50.slice(from, to)),
    p95: highest(p95.slice(from, to)),
    p99: highest(p99.slice(from, to)),
    inFlight: inFlight.slice(from, to).at(-1) ?? 0,
  }))
  return { stepsEach, lengthMs: stepsEach * stepMs, list }
}

/** Pairs [from, to) that divide `length` entries into groups of `size`. */
export function chunks(length: number, size: number): [number, number][] {
  return Array.from({ length: Math.ceil(length / size) }, (_, at) => [at * size, Math.min(length, (at + 1) * size)])
}

/** A sum; 0 for nothing. */
export const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)

/** The highest value that is there; `null` when none is. */
export function highest(values: readonly (number | null)[]): number | null {
  let found: number | null = null
  for (const value of values) if (value !== null && (found === null || value > found)) found = value
  return found
}

/** Mean of the values that are there; `null` when none is. */
export function mean(values: readonly (number | null)[]): number | null {
  const there = values.filter(value => value !== null)
  return there.length === 0 ? null : sum(there) / there.length
}
