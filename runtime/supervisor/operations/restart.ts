import type { OperationOf, Runner } from './runner.ts'
import { replicasAt } from './targets.ts'

/** Closes and starts replicas, one after the other. */
export const restart: Runner<OperationOf<'restart'>> = async ({ target }, lab) => {
  const replicas = replicasAt(lab.plan, target)
  await lab.order({ type: 'restart', replicas })
  return replicas
}
