import { ArchlabError } from '../../kit/index.ts'
import { isReload } from '../../own-modules/reload.ts'
import type { HostOrder, HostPlan } from '../../protocol.ts'
import type { PlannedEdit } from './editor.ts'
import { stepsBetween } from './steps.ts'

/** What became of an edit. */
export interface Outcome {
  readonly failure: ArchlabError | null
  /** The lab runs what it ran before. */
  readonly isTakenBack: boolean
}

/**
 * Lets a host carry an edit out, from what it runs. When a replica could not become what it was to be, it is tried again as
 * after any death; but not with a module of the user's that has just been edited: then all of the edit is taken back, and the
 * former version, which worked, stays.
 */
export async function carryOut(
  order: (order: HostOrder) => Promise<void>,
  before: HostPlan,
  { plan, steps }: Pick<PlannedEdit, 'plan' | 'steps'>,
): Promise<Outcome> {
  try {
    await order({ type: 'edit', plan, steps })
    return { failure: null, isTakenBack: false }
  } catch (cause) {
    const isTakenBack = reloads(before, plan)
    // Who does not come back either is tried again.
    if (isTakenBack) await order({ type: 'edit', plan: before, steps: stepsBetween(plan, before) }).catch(() => {})
    const what = isTakenBack ? 'an edited module was not taken' : 'the edit is not complete'
    const failure = new ArchlabError('OPERATION_FAILED', `${what}: ${(cause as Error).message}`, { cause })
    return { failure, isTakenBack }
  }
}

function reloads(before: HostPlan, after: HostPlan): boolean {
  const old = new Map(before.replicas.map(one => [one.replica, one]))
  return after.replicas.some(one => isReload(old.get(one.replica) ?? one, one))
}
