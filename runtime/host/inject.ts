import { MessageChannel } from 'node:worker_threads'
import type { InjectedReply, InjectedRequest } from '../protocol.ts'
import { loneCall } from '../replica/link/lone-call.ts'
import type { ReplicaHandle } from './replica-handle.ts'

/** Sends one request to a replica as a link would; a drained one answers too. Rejects when there is no reply. */
export async function inject(handle: ReplicaHandle, request: InjectedRequest): Promise<InjectedReply> {
  const { plan, state } = handle
  if (state !== 'ready' && state !== 'drained') throw new Error(`${plan.replica} is ${state}`)
  const { port1, port2 } = new MessageChannel()
  handle.tell({ type: 'caller', port: port2 })
  return loneCall(plan, port1, request)
}
