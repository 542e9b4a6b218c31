import type { OperationOf, Runner } from './runner.ts'
import { replicasAt } from './targets.ts'

/** Lets the threads of replicas compute without pause. */
export const hang: Runner<OperationOf<'hang'>> = async ({ target, forMs }, lab) => {
  const replicas = replicasAt(lab.plan, target)
  await lab.order({ type: 'spin', replicas, forMs })
  return replicas
}
