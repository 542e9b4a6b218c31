import { meanOf } from '@archlab/runtime/kit'
import type { WorkloadSpec } from '@archlab/runtime/topology'

const STEP_MS = 1000
/** Steps of a timeline, about as many as a picture can show. */
const STEPS_MAX = 600

/** Length of the steps of a run's timeline: a second, or whole seconds more where the run is long. */
export function stepLengthMs(workload: WorkloadSpec, order: Uint32Array | undefined): number {
  const lengthMs = workload.durationMs ?? expectedMs(workload, order)
  return STEP_MS * Math.max(1, Math.ceil(lengthMs / STEPS_MAX / STEP_MS))
}

/** How long a given number of requests takes at least: of a closed loop its thinking, of an open one its rate where that is one. */
function expectedMs({ arrivals, requests }: WorkloadSpec, order: Uint32Array | undefined): number {
  const count = order?.length ?? requests.reduce((sum, one) => sum + (one.count ?? 0), 0)
  if (arrivals.type === 'closed') return (count * meanOf(arrivals.think)) / arrivals.users
  if (arrivals.type === 'constant' || arrivals.type === 'poisson') return (count * 1000) / arrivals.perSecond
  return 0
}
