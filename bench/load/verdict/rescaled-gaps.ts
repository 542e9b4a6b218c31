import { type OpenLoopSpec, rateProfile } from '../arrivals/arrival-times.ts'
import { CumulativeRate } from '../arrivals/rate-profile.ts'
import type { SendGap } from '../record/recorder.ts'
import type { RunToJudge } from './run.ts'

/**
 * No thread of an ordinary operating system wakes up and sends more exactly than this, and no request is harmed by it: a
 * gap counts as any gap within so many milliseconds of it.
 */
export const GRAIN_MS = 0.1

/** A gap between two sends, in expected arrivals: 1 is the mean gap at the declared rate of that moment. */
export interface RescaledGap {
  readonly gap: number
  /** If the second one had been sent earlier or later by the grain. */
  readonly least: number
  readonly greatest: number
  /** The grain itself. */
  readonly grain: number
}

/**
 * Gaps seen through the declared rate: arrivals of any rate are those of rate 1 then (time rescaling, as for the plan).
 * `pairs` are in order of time; random bursts are drawn anew from the seed of the run.
 */
export function rescaledGaps(run: RunToJudge, spec: OpenLoopSpec, pairs: readonly SendGap[]): RescaledGap[] {
  const { workload, seed, trace } = run
  const durationMs = workload.durationMs ?? Number.POSITIVE_INFINITY
  const options = { seed, durationMs, ...(trace ? { trace } : {}) }
  // A cumulative rate answers questions in order of time only, so each kind of question has its own.
  const [first, earlier, second, later] = [0, 1, 2, 3].map(() => new CumulativeRate(rateProfile(spec, options)))
  return pairs.map(({ sentMs: [firstMs, secondMs] }) => {
    const before = first!.expectedAt(firstMs)
    const at = second!.expectedAt(secondMs)
    const greatest = later!.expectedAt(secondMs + GRAIN_MS) - before
    return {
      gap: at - before,
      least: earlier!.expectedAt(Math.max(firstMs, secondMs - GRAIN_MS)) - before,
      greatest,
      grain: greatest - (at - before),
    }
  })
}
