import type { LabStatus } from '@archlab/runtime/lab'
import { risen, risenDecisions } from '../load/command/lab/differences.ts'
import type { SimulatedComponent } from './result.ts'

/** A simulated lab at one moment. */
export interface LabFigures {
  readonly status: LabStatus
  /** CPU time of each replica's thread so far. */
  readonly busyMs: ReadonlyMap<string, number>
}

/** What every component did between two moments. */
export function simulatedComponents(
  before: LabFigures,
  after: LabFigures,
  elapsedMs: number,
): Record<string, SimulatedComponent> {
  const entries = Object.entries(after.status.components).map(([name, last]): [string, SimulatedComponent] => {
    const first = before.status.components[name]!
    const { p50Ms, p95Ms, p99Ms } = last.latency
    const busyMs = Object.keys(last.replicas).map(one => after.busyMs.get(one)! - before.busyMs.get(one)!)
    const component = {
      kind: last.kind,
      statuses: risen(first.statuses, last.statuses),
      latency: { p50: p50Ms, p95: p95Ms, p99: p99Ms },
      // The busiest replica's thread: the one that makes others wait.
      utilisation: elapsedMs > 0 ? Math.max(...busyMs) / elapsedMs : null,
      decisions: risenDecisions(first, last),
      received: last.received - first.received,
      abandoned: last.abandoned - first.abandoned,
      faults: last.faults - first.faults,
      counters: risen(first.counters, last.counters),
      gauges: last.gauges,
    }
    return [name, component]
  })
  return Object.fromEntries(entries)
}
