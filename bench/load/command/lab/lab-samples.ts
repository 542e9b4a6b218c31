import type { ComponentTimeline, LabComponentResult, LabResult } from '../../result.ts'
import type { LabSamples } from '../../verdict/run.ts'
import { refusalCounts } from '../refusals.ts'

/** What the verdict asks of a lab. */
export function labSamples(
  { components }: LabResult,
  timelines: Readonly<Record<string, ComponentTimeline>>,
): LabSamples {
  const samples = Object.entries(components).map(([name, component]) => {
    const { utilisation = [], queueLength = [] } = timelines[name] ?? {}
    const answered = Object.values(component.statuses).reduce((sum, count) => sum + count, 0)
    return [name, { utilisation, queueLength, answered, refused: refusedBy(name, component) }] as const
  })
  return { components: Object.fromEntries(samples) }
}

/**
 * Requests that a component turned away for want of capacity: what its tactics and links refused, as far as its replies say
 * 429 or 503. A token that is not accepted is refused too, and says nothing about capacity.
 */
function refusedBy(name: string, component: LabComponentResult): number {
  const refused = refusalCounts({ [name]: component }).reduce((sum, { count }) => sum + count, 0)
  const { 429: tooMany = 0, 503: unavailable = 0 } = component.statuses as Readonly<Record<number, number>>
  return Math.min(refused, tooMany + unavailable)
}
