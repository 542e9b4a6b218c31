import { meanOf } from '@archlab/runtime/kit'
import type { ComparedSpec } from '@archlab/runtime/topology'
import { measured } from '../load/command/threshold.ts'
import type { LoadResult } from '../load/result.ts'
import type { LabRun } from './lab-run.ts'
import type { CompareRun } from './result.ts'
import { responseTimeLaw } from './statistics/operational-law.ts'

/** Percentiles at which the latencies of runs are kept. */
const SHARES = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.975, 0.99, 0.995, 0.999]

/**
 * Asks whether arrivals are a draw that chance makes seldom. All runs of a block have the same draw, of the block's seed, and so has
 * a run that is made again; whether it was kept to is for `schedule` to say.
 */
const OF_THE_SEED = 'gaps'

/** Where a run stands in its experiment. */
export interface RunPlace {
  readonly arm: string
  readonly block: number
  readonly attempt: number
}

export interface Readings {
  readonly measures: readonly ComparedSpec[]
  /** Checks of validity that may fail. */
  readonly accept: readonly string[]
}

/** What an experiment keeps of a load run. One that is invalid, or was cut short, is kept too, and not used. */
export function recordOf(
  place: RunPlace,
  { result, cost, failure }: LabRun,
  { measures, accept }: Readings,
): CompareRun {
  const failures = [
    ...(failure === null ? [] : [{ check: 'lab', explanation: failure }]),
    ...result.validity.checks
      .filter(({ name, verdict }) => verdict === 'failed' && name !== OF_THE_SEED && !accept.includes(name))
      .map(({ name, explanation }) => ({ check: name, explanation })),
    ...lawFailure(result),
    ...(result.complete ? [] : [{ check: 'complete', explanation: 'The run was cut short.' }]),
  ]
  return {
    ...place,
    startedAt: result.startedAt,
    seed: result.seed,
    used: failures.length === 0,
    failures,
    values: Object.fromEntries(measures.map(one => [one.expression, measured(one, result)])),
    latency: SHARES.flatMap(share => {
      const point = result.totals.latency.curve.find(([upTo]) => upTo >= share)
      return point ? [[share, point[1]] as const] : []
    }),
    cost,
    intended: result.totals.intended,
    statuses: result.totals.statuses,
    decisions: decisionsOf(result),
  }
}

function decisionsOf({ lab }: LoadResult): Record<string, number> {
  const components = Object.values(lab?.components ?? {})
  const counters = components.flatMap(({ decisions }) =>
    Object.entries(decisions).flatMap(([address, counts]) =>
      Object.entries(counts).map(([counter, times]) => [`${address} ${counter}`, times] as const),
    ),
  )
  return Object.fromEntries(counters)
}

/** How far a run may be from R = N/X − Z, relative to N/X: it has a beginning and an end, at which users are neither here nor there. */
const LAW_TOLERANCE = 0.05
/** Fewer requests for each user say too little of how long users thought. */
const REQUESTS_PER_USER_MIN = 20

/** Closed loops whose figures contradict the response time law are not believed. */
function lawFailure({ workload, totals }: LoadResult): CompareRun['failures'] {
  const { arrivals } = workload
  const { mean, count } = totals.latency
  if (arrivals.type !== 'closed' || mean === null || arrivals.iterations !== null || arrivals.spawnPerSecond !== null) {
    return []
  }
  if (count < REQUESTS_PER_USER_MIN * arrivals.users || workload.durationMs === null) return []
  const thinkMs = meanOf(arrivals.think)
  // As one time, a whole cycle: where users think long, the rest of it is too short to be told from N/X.
  const cycle = {
    users: arrivals.users,
    thinkMs: 0,
    throughputPerSecond: totals.achievedPerSecond,
    responseMs: mean + thinkMs,
  }
  const [law] = responseTimeLaw([cycle], LAW_TOLERANCE)
  if (law!.holds) return []
  const explanation = `${arrivals.users} users with ${totals.achievedPerSecond.toFixed(1)} replies a second have cycles of ${law!.expectedMs.toFixed(1)} ms (N/X), but a reply took ${mean.toFixed(1)} ms and a thought ${thinkMs.toFixed(1)} ms.`
  return [{ check: 'response time law', explanation }]
}
