import type { LabEvent } from '@archlab/runtime/lab'
import type { LabHappening } from '../../result.ts'

/** A run, in milliseconds since 1970. */
interface Span {
  readonly fromMs: number
  readonly lengthMs: number
}

/** What was done to a lab and what happened to it during a run, by time from its start. */
export function happeningsIn(events: readonly LabEvent[], { fromMs, lengthMs }: Span): LabHappening[] {
  return events.flatMap(event => {
    const atMs = Date.parse(event.at) - fromMs
    return atMs >= 0 && atMs <= lengthMs
      ? [{ atMs, event: event.event, subjects: event.subjects, detail: detailOf(event) }]
      : []
  })
}

/** What changed, how, or why; empty where the event says it all. */
function detailOf({ event, fields, repeat }: LabEvent): string {
  const { changed, from, to, reason, error } = fields
  if (event === 'edit' && Array.isArray(changed)) return changed.join(', ')
  if (event === 'scaled') return `${from} → ${to}, ${reason}`
  if (typeof error === 'string') return error.split('\n', 1)[0]!
  return Object.entries(repeat ?? {})
    .filter(([name]) => name !== event)
    .map(([name, value]) => `${name}: ${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(', ')
}
