import type { Failure } from '../http/connection.ts'

/** What becomes of an arrival. `replied` means a complete HTTP reply, whatever its status. */
export type Outcome = 'replied' | Failure | 'dropped' | 'unsent'

/** Counts of arrivals; the outcomes add up to `intended` once the run is over. */
export interface Counts {
  intended: number
  readonly outcomes: Record<string, number>
  readonly statuses: Record<string, number>
  bytes: number
}

/** Nothing counted yet. */
export const newCounts = (): Counts => ({ intended: 0, outcomes: {}, statuses: {}, bytes: 0 })

/** One arrival has ended; `status` only counts when it was replied to. */
export function countOutcome(counts: Counts, outcome: Outcome, status: number, bytes: number): void {
  counts.outcomes[outcome] = (counts.outcomes[outcome] ?? 0) + 1
  if (outcome !== 'replied') return
  counts.statuses[status] = (counts.statuses[status] ?? 0) + 1
  counts.bytes += bytes
}

/** Sums of several counts. */
export function addCounts(parts: readonly Counts[]): Counts {
  const sum = newCounts()
  for (const { intended, outcomes, statuses, bytes } of parts) {
    sum.intended += intended
    sum.bytes += bytes
    for (const [name, count] of Object.entries(outcomes)) sum.outcomes[name] = (sum.outcomes[name] ?? 0) + count
    for (const [name, count] of Object.entries(statuses)) sum.statuses[name] = (sum.statuses[name] ?? 0) + count
  }
  return sum
}
