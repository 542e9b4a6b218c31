import type { LabComponentResult } from '../../load/result.ts'
import { sumsOf, troubled } from './statuses.ts'

/** At most `max` components, in their own order; when there are more, those with the most replies that tell of trouble. */
export function mostTroubled(
  components: Readonly<Record<string, LabComponentResult>>,
  max: number,
): { shown: [string, LabComponentResult][]; more: number } {
  const all = Object.entries(components)
  if (all.length <= max) return { shown: all, more: 0 }
  const sorted = all
    .map(([name, { statuses }]) => ({ name, sums: sumsOf(statuses) }))
    .sort((left, right) => troubled(right.sums) - troubled(left.sums) || right.sums.total - left.sums.total)
  const chosen = new Set(sorted.slice(0, max).map(one => one.name))
  return { shown: all.filter(([name]) => chosen.has(name)), more: all.length - max }
}
