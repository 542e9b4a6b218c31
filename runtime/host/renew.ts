import type { ReplicaHandle } from './replica-handle.ts'
import type { Wiring } from './wiring.ts'

/**
 * True when a replica that serves can begin anew in its thread as what it is prepared for. It cannot where it listens on a port
 * that it is to have in another way: for that the port must be given up first.
 */
export function isRenewable({ state, plan, next }: ReplicaHandle): boolean {
  const coming = (next ?? { plan }).plan.listen
  const isInItsWay = plan.listen.some(({ host, port, shared }) =>
    coming.some(other => port !== 0 && other.port === port && (other.host !== host || other.shared !== shared)),
  )
  return state === 'ready' && !isInItsWay
}

/**
 * Lets a replica begin anew in its thread: as it lies open for requests all the time, none is lost and none of its callers needs to
 * know. Rejects when the new one cannot be made; the replica stays as it was then.
 */
export async function renew(wiring: Wiring, handle: ReplicaHandle): Promise<void> {
  const birth = handle.next ?? handle.birth
  const { origin } = handle
  // It must not look for somebody to call, and find nobody connected yet.
  await handle.renew(birth, wiring.connectionsFor(handle, birth.plan))
  wiring.adopt(handle)
  wiring.connectOut(handle)
  if (handle.origin !== origin) await wiring.redirect(handle)
  handle.tell({ type: 'settle' })
}
