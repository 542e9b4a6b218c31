import type { OperationOf, Runner } from './runner.ts'
import { replicasAt } from './targets.ts'

/** Lets replicas end their threads themselves: by `process.exit`, or by what nobody catches. */
export const fail: Runner<OperationOf<'exit' | 'throw'>> = async ({ action, target }, lab) => {
  const replicas = replicasAt(lab.plan, target)
  await lab.order({ type: 'fail', replicas, how: action })
  return replicas
}
