import type { Reply, Request } from '../../kit/index.ts'

/** A replica that a link may call. The policy looks at `inFlight` and `weight`; the transport does the rest. */
export interface Target {
  readonly replica: string
  readonly component: string
  readonly weight: number
  /** The replica's declared address, `http://host:port`; `null` without a listener. */
  readonly address: string | null
  /** Calls sent and not yet answered. */
  inFlight: number
  /** Sends the request. The deadline that travels along is the request's own; who gives up says so. */
  send(request: Request): PendingCall
  /** Ends the connection; calls under way are answered 502. */
  close(): void
}

/** A call under way. */
export interface PendingCall {
  /** Always resolves; trouble on the way is a reply. */
  readonly reply: Promise<Reply>
  /** Nobody waits any more: resolves `reply` with `outcome`, and tells the other side to stop. */
  giveUp(outcome: Reply): void
}
