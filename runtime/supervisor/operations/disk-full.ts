import type { OperationOf, Runner } from './runner.ts'
import { replicasAt } from './targets.ts'

/** Lets what replicas write to their files fail. */
export const diskFull: Runner<OperationOf<'disk-full'>> = async ({ target, forMs }, lab) => {
  const replicas = replicasAt(lab.plan, target)
  const at = replicas.map(replica => ({ replica, place: 'files' }))
  await lab.order({ type: 'disturb', at, disturbance: { type: 'disk-full' }, forMs })
  return replicas
}
