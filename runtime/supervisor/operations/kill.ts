import type { OperationOf, Runner } from './runner.ts'
import { replicasAt } from './targets.ts'

/** Ends replicas at once, as in a crash; they are restarted as after any death. */
export const kill: Runner<OperationOf<'kill'>> = async ({ target }, lab) => {
  const replicas = replicasAt(lab.plan, target)
  await lab.order({ type: 'kill', replicas })
  return replicas
}
