import type { ReplicaHandle } from './replica-handle.ts'
import type { Wiring } from './wiring.ts'

/**
 * Takes a replica out of service: nobody sends it anything more, and what is under way is answered, at most for its drain time.
 * It lives on. Rejects when it does not serve.
 */
export async function drain(wiring: Wiring, handle: ReplicaHandle): Promise<void> {
  if (handle.state === 'drained') return
  assertState(handle, 'ready')
  await wiring.leave(handle)
  await handle.drain()
  // Else an edit of a caller would find the connection, and use it.
  await wiring.part(handle)
  handle.rest()
}

/** Takes a drained replica back into service. Rejects when it is neither drained nor in service. */
export async function undrain(wiring: Wiring, handle: ReplicaHandle): Promise<void> {
  if (handle.state === 'ready') return
  assertState(handle, 'drained')
  await handle.undrain()
  wiring.connectOut(handle)
  wiring.connectIn(handle)
}

function assertState({ state, plan }: ReplicaHandle, wanted: 'ready' | 'drained'): void {
  if (state !== wanted) throw new Error(`${plan.replica} is ${state}, not ${wanted}`)
}
