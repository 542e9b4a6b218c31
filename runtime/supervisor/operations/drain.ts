import type { OperationOf, Runner } from './runner.ts'
import { replicasAt } from './targets.ts'

/** Takes replicas out of service, all at once, or back into it. */
export const drain: Runner<OperationOf<'drain' | 'undrain'>> = async ({ action, target }, lab) => {
  const replicas = replicasAt(lab.plan, target)
  await lab.order({ type: action, replicas })
  return replicas
}
