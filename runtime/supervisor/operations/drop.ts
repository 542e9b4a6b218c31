import type { OperationOf, Runner } from './runner.ts'
import { linksAt, replicasAt } from './targets.ts'

/** Lets calls of links, or requests to a replica, get lost. */
export const drop: Runner<OperationOf<'drop'>> = async ({ target, ratio, forMs }, lab) => {
  if (target.includes('/')) {
    const [replica] = replicasAt(lab.plan, target)
    const at = [{ replica: replica!, place: replica!.split('/', 1)[0]! }]
    await lab.order({ type: 'disturb', at, disturbance: { type: 'drop', ratio }, forMs })
    return [replica!]
  }
  const at = linksAt(lab.plan, target)
  await lab.order({ type: 'disturb', at, disturbance: { type: 'fault', ratio, status: null, by: null }, forMs })
  return [...new Set(at.map(({ place }) => place))]
}
