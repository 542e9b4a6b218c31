import { meanOf } from '@archlab/runtime/kit'
import type { WorkloadSpec } from '@archlab/runtime/topology'
import type { PredictedArrivals } from '../prediction.ts'

/** How requests of a workload arrive, on average over its time; or at a rate of one's own, at random. */
export function arrivalsOf({ arrivals }: WorkloadSpec, perSecond?: number): PredictedArrivals {
  if (perSecond !== undefined) return { type: 'open', perSecond, process: 'poisson' }
  switch (arrivals.type) {
    case 'constant':
    case 'poisson':
      return { type: 'open', perSecond: arrivals.perSecond, process: arrivals.type }
    case 'closed':
      return { type: 'closed', users: arrivals.users, thinkMs: meanOf(arrivals.think) }
    case 'ramp':
      return { type: 'open', perSecond: (arrivals.from + arrivals.to) / 2, process: 'varying' }
    case 'stages': {
      const whole = arrivals.stages.reduce((sum, one) => sum + one.durationMs, 0)
      const expected = arrivals.stages.reduce((sum, one) => sum + ((one.from + one.to) / 2) * one.durationMs, 0)
      return { type: 'open', perSecond: expected / whole, process: 'varying' }
    }
    case 'bursts': {
      const onMs = meanOf(arrivals.on)
      const offMs = meanOf(arrivals.off)
      const expected = arrivals.onPerSecond * onMs + arrivals.offPerSecond * offMs
      return { type: 'open', perSecond: expected / (onMs + offMs), process: 'varying' }
    }
    case 'trace':
      throw new RangeError(`the rate of the trace ${arrivals.file} is known only when it is read: give one`)
  }
}
