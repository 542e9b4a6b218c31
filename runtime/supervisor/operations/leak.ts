import type { OperationOf, Runner } from './runner.ts'
import { replicasAt } from './targets.ts'

/** Lets replicas take memory of their threads' heaps. */
export const leak: Runner<OperationOf<'leak'>> = async ({ target, sizeBytes, everyMs, forMs }, lab) => {
  const replicas = replicasAt(lab.plan, target)
  await lab.order({ type: 'leak', replicas, leak: { sizeBytes, everyMs }, forMs })
  return replicas
}
