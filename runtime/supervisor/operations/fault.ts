import type { OperationOf, Runner } from './runner.ts'
import { linksAt } from './targets.ts'

/** Lets calls of links fail, wait or get lost by chance. */
export const fault: Runner<OperationOf<'fault'>> = async ({ target, ratio, status, by, forMs }, lab) => {
  const at = linksAt(lab.plan, target)
  await lab.order({ type: 'disturb', at, disturbance: { type: 'fault', ratio, status, by }, forMs })
  return [...new Set(at.map(({ place }) => place))]
}
