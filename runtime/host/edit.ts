import { isReload } from '../own-modules/reload.ts'
import type { EditSteps, HostPlan } from '../protocol.ts'
import type { Ordered } from './ordered.ts'
import type { ReplicaHandle } from './replica-handle.ts'

/**
 * Carries an edit out, callees before callers, so that nobody is called before it is there; what is not wanted any more goes
 * last, when nobody calls it. A replica that cannot change in place is restarted. Rejects at the end when something did not
 * become what it was to be: it serves on as what it was, until it is restarted or dies; where it had to be closed before, or is
 * new, it is tried again, as after any death.
 */
export async function edit(host: Ordered, plan: HostPlan, steps: EditSteps): Promise<void> {
  const failures: unknown[] = []
  const attempt = (done: Promise<void>): Promise<void> => done.catch(error => void failures.push(error))
  const leaving = host.levels().reverse()
  host.adopt(plan)
  await stopAll(host, leaving, new Set(steps.stopFirst))
  for (const level of host.levels()) {
    const among = (names: readonly string[]): ReplicaHandle[] =>
      level.filter(({ plan }) => names.includes(plan.replica))
    await Promise.all(among(steps.start).map(one => attempt(host.startOne(one))))
    await Promise.all(among(steps.change).map(one => attempt(changeOne(host, one))))
    const restarting = Map.groupBy(among(steps.restart), ({ plan }) => plan.component)
    await Promise.all(
      [...restarting.values()].map(async replicas => {
        for (const one of replicas) await attempt(host.restartOne(one))
      }),
    )
  }
  const gone = new Set(steps.stop)
  await stopAll(host, leaving, gone)
  for (const name of gone) host.forget(host.handle(name))
  if (failures.length > 0) throw new Error(failures.map(error => (error as Error).message).join('; '))
}

async function changeOne(host: Ordered, handle: ReplicaHandle): Promise<void> {
  // One that is down takes the new plan when it comes back.
  const { next } = handle
  if (!next || (handle.state !== 'ready' && handle.state !== 'drained')) return
  try {
    await host.editOne(handle)
  } catch (error) {
    // The version of a module that it runs works: it serves on.
    if (isReload(handle.plan, next.plan)) throw error
    await host.restartOne(handle)
  }
}

async function stopAll(host: Ordered, levels: readonly ReplicaHandle[][], names: ReadonlySet<string>): Promise<void> {
  for (const level of levels) {
    await Promise.all(level.filter(({ plan }) => names.has(plan.replica)).map(handle => host.stopOne(handle)))
  }
}
