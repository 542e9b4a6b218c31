import type { OperationOf, Runner } from './runner.ts'
import { replicasAt } from './targets.ts'

/** Lets every request to replicas wait before it is handled. */
export const slow: Runner<OperationOf<'slow'>> = async ({ target, by, forMs }, lab) => {
  const replicas = replicasAt(lab.plan, target)
  const at = replicas.map(replica => ({ replica, place: replica.split('/', 1)[0]! }))
  await lab.order({ type: 'disturb', at, disturbance: { type: 'slow', by }, forMs })
  return replicas
}
