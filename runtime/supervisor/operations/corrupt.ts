import type { OperationOf, Runner } from './runner.ts'
import { linksAt } from './targets.ts'

/** Lets replies over links arrive with other bytes than were sent. */
export const corrupt: Runner<OperationOf<'corrupt'>> = async ({ target, ratio, forMs }, lab) => {
  const at = linksAt(lab.plan, target)
  await lab.order({ type: 'disturb', at, disturbance: { type: 'corrupt', ratio }, forMs })
  return [...new Set(at.map(({ place }) => place))]
}
