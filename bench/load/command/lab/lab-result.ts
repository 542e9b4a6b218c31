import type { LabEvent, LabStatus } from '@archlab/runtime/lab'
import { redact } from '@archlab/runtime/topology'
import type { GeneratorReport } from '../../generator/protocol.ts'
import { addCounts } from '../../record/outcomes.ts'
import type { ComponentTimeline, LabComponentResult, LabResult } from '../../result.ts'
import { type ComponentStatus, type Counts, risen, risenDecisions } from './differences.ts'
import { happeningsIn } from './happenings.ts'
import type { LabUnderLoad } from './lab-under-load.ts'

/** What a lab did during a run. */
export interface LabFigures {
  readonly before: LabStatus
  readonly after: LabStatus
  /** Component that requests entered at. */
  readonly entry: string
  readonly timelines: Readonly<Record<string, ComponentTimeline>>
  /** What happened to it so far; left out where it does not tell. */
  readonly events?: readonly LabEvent[] | undefined
}

/** The lab's part of a result: differences of its counts, and whether they agree with what clients saw. */
export function labResult(lab: LabUnderLoad, figures: LabFigures, report: GeneratorReport): LabResult {
  const { before, after, entry, timelines, events } = figures
  const span = { fromMs: report.startedWallMs, lengthMs: report.elapsedMs }
  const components: Record<string, LabComponentResult> = {}
  for (const [name, last] of Object.entries(after.components)) {
    const first = before.components[name]
    components[name] = {
      kind: last.kind,
      statuses: risen(first?.statuses, last.statuses),
      latency: latencyOf(first, last),
      utilisation: meanOf(timelines[name]?.utilisation ?? []),
      decisions: risenDecisions(first, last),
    }
  }
  return {
    name: lab.topology.name,
    topology: redact(lab.topology),
    components,
    statusLog: Object.fromEntries(Object.entries(components).map(([name, { statuses }]) => [name, statuses])),
    reconciled: reconcile(clientStatuses(report), components[entry]?.statuses ?? {}),
    ...(events ? { happenings: happeningsIn(events, span) } : {}),
  }
}

/** Replies that clients got, by status: of the workload, its warm-up, and logins. */
export function clientStatuses(report: GeneratorReport): Counts {
  const parts = report.requests.flatMap(({ warmup, measured }) => [warmup, measured])
  return addCounts([...parts, report.logins]).statuses
}

/**
 * Compares replies that clients got with those that the entry counted, status by status. Requests that a client gave up are
 * on neither side, unless the entry's reply crossed the client's farewell: it was then given, and never read.
 */
export function reconcile(clients: Counts, entry: Counts): LabResult['reconciled'] {
  const codes = new Set([...Object.keys(clients), ...Object.keys(entry)])
  const equal = [...codes].every(code => (clients[code] ?? 0) === (entry[code] ?? 0))
  return { clients: total(clients), entry: total(entry), equal }
}

const total = (counts: Counts): number => Object.values(counts).reduce((sum, count) => sum + count, 0)

/** Percentiles cannot be subtracted: where there was traffic before the run there are none of the run alone. */
function latencyOf(before: ComponentStatus | undefined, after: ComponentStatus): LabComponentResult['latency'] {
  if ((before?.latency.count ?? 0) > 0) return { p50: null, p95: null, p99: null }
  const { p50Ms, p95Ms, p99Ms } = after.latency
  return { p50: p50Ms, p95: p95Ms, p99: p99Ms }
}

function meanOf(values: readonly (number | null)[]): number | null {
  const known = values.filter(value => value !== null)
  return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0) / known.length
}
