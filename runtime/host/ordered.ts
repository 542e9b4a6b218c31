import type { HostPlan, PeerNews } from '../protocol.ts'
import type { ActiveDisturbances } from './active-disturbances.ts'
import type { ReplicaHandle } from './replica-handle.ts'

/** What orders need of a host. */
export interface Ordered {
  readonly disturbances: ActiveDisturbances
  handle(name: string): ReplicaHandle
  levels(): ReplicaHandle[][]
  adopt(plan: HostPlan): void
  kill(handle: ReplicaHandle): Promise<void>
  startOne(handle: ReplicaHandle): Promise<void>
  stopOne(handle: ReplicaHandle): Promise<void>
  restartOne(handle: ReplicaHandle): Promise<void>
  drainOne(handle: ReplicaHandle): Promise<void>
  undrainOne(handle: ReplicaHandle): Promise<void>
  editOne(handle: ReplicaHandle): Promise<void>
  forget(handle: ReplicaHandle): void
  peer(news: PeerNews): Promise<void>
}
