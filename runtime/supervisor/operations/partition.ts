import type { OperationOf, Runner } from './runner.ts'
import { linksAt } from './targets.ts'

/** Lets links find none of their targets up. */
export const partition: Runner<OperationOf<'partition'>> = async ({ target, forMs }, lab) => {
  const at = linksAt(lab.plan, target)
  await lab.order({ type: 'disturb', at, disturbance: { type: 'partition' }, forMs })
  return [...new Set(at.map(({ place }) => place))]
}
