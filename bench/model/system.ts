import type { LabModel } from './lab/lab-model.ts'
import { everyReply } from './lab/outcome.ts'
import type { Walk } from './lab/walk.ts'
import type { PredictedArrivals, RequestPrediction, StationPrediction, SystemPrediction } from './prediction.ts'
import { figure, labelOf } from './requests.ts'
import { bottleneck } from './solvers/operational-laws.ts'

/** The system as a whole: its bottleneck, and bounds that hold whatever the distributions are. */
export function systemOf(
  model: LabModel,
  walk: Walk,
  stations: readonly StationPrediction[],
  requests: readonly RequestPrediction[],
  arrivals: PredictedArrivals,
): SystemPrediction {
  const queues = stations.filter(one => one.servers !== null)
  const worst = bottleneck(
    queues.map(one => one.demandMs),
    queues.map(one => one.servers! * one.copies),
  )
  const slowest = worst === null ? null : queues[worst]!
  const label = labelOf(walk, arrivals)
  const perSecond = requests.reduce((sum, one) => sum + one.perSecond, 0)
  const mean = meanOver(model, walk)
  const leastMs = withoutWaiting(model, walk)
  const limit = slowest?.saturatesAtPerSecond ?? null
  // Requests that never end; where a time limit ends them, its refusals are replies too.
  const endless = mean === Number.POSITIVE_INFINITY
  return {
    bottleneck: slowest?.name ?? null,
    saturatesAtPerSecond: limit,
    throughput: endless
      ? figure(Math.min(perSecond, limit!), 'perSecond', 'bound')
      : figure(perSecond, 'perSecond', label),
    mean: figure(mean, 'ms', label),
    bounds: {
      responseMsLeast: leastMs,
      throughputMost: throughputMost(arrivals, leastMs, limit),
      saturationUsers:
        arrivals.type === 'closed' && limit !== null ? ((leastMs + arrivals.thinkMs) * limit) / 1000 : null,
    },
  }
}

function throughputMost(arrivals: PredictedArrivals, leastMs: number, limit: number | null): number | null {
  const offered = arrivals.type === 'open' ? arrivals.perSecond : (1000 * arrivals.users) / (leastMs + arrivals.thinkMs)
  const most = Math.min(offered, limit ?? Number.POSITIVE_INFINITY)
  return most < Number.POSITIVE_INFINITY ? most : null
}

const meanOver = ({ classes }: LabModel, walk: Walk): number =>
  classes.reduce((sum, { share, state }) => sum + share * everyReply(walk.outcomes[state]!).meanMs, 0)

/** Mean time of a request that never waits. */
function withoutWaiting(model: LabModel, walk: Walk): number {
  walk.outcomesOf({ waiting: false })
  const mean = meanOver(model, walk)
  walk.outcomesOf()
  return mean
}
