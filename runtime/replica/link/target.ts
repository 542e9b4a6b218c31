import type { CancellationListener, Expiring, Reply, Request } from '../../kit/index.ts'

/** A replica that a link may call. The policy looks at `inFlight`; the transport does the rest. */
export interface Target {
  readonly replica: string
  readonly component: string
  /** The replica's declared address, `http://host:port`; `null` without a listener. */
  readonly address: string | null
  /** Calls sent and not yet answered. */
  inFlight: number
  /** Sends the request. The deadline that travels along is the request's own; who gives up says so. */
  send(request: Request): PendingCall
  /** Ends the connection; calls under way are answered 502. */
  close(): void
}

/** Who watches over a call: the link that made it. */
export interface CallWatcher {
  /** The call has its reply. Called once, before anybody who awaits it runs. */
  settled(call: PendingCall, reply: Reply): void
  /** The call's time is over, or nobody waits for it. */
  giveUp(call: PendingCall): void
}

/**
 * A call under way: one object that is entry of the timeout list, listener of the cancellation and holder of the promise,
 * because there is one for every hop of every request. The promise always resolves; trouble on the way is a reply.
 */
export abstract class PendingCall implements Expiring, CancellationListener {
  #promise: Promise<Reply> | undefined = undefined
  #resolve: ((reply: Reply) => void) | undefined = undefined
  #outcome: Reply | undefined = undefined
  #settled = false
  // Of the timeout list.
  dueMs = 0
  before: Expiring | undefined = undefined
  after: Expiring | undefined = undefined
  // Of the link.
  watcher: CallWatcher | undefined = undefined
  target: Target | undefined = undefined
  request: Request | undefined = undefined
  sentAtMs = 0
  /** Calls off the timer of a deadline that is earlier than the link's timeout. */
  callOff: (() => void) | undefined = undefined

  /** The reply itself where it is there already, else the promise of it. */
  get reply(): Reply | Promise<Reply> {
    if (this.#outcome) return this.#outcome
    this.#promise ??= new Promise(resolve => {
      this.#resolve = resolve
    })
    return this.#promise
  }

  get isSettled(): boolean {
    return this.#settled
  }

  /** The call has its reply; later ones are ignored. */
  settle(reply: Reply): void {
    if (this.#settled) return
    this.#settled = true
    this.#outcome = reply
    this.watcher?.settled(this, reply)
    this.#resolve?.(reply)
  }

  /** Nobody waits any more: tells the other side to stop, and resolves with `outcome`. */
  giveUp(outcome: Reply): void {
    if (this.#settled) return
    this.abandon()
    this.settle(outcome)
  }

  /** Nobody waits any more, and nobody wants to hear of it. */
  forsake(): void {
    if (this.#settled) return
    this.#settled = true
    this.abandon()
  }

  expire(): void {
    this.watcher?.giveUp(this)
  }

  cancelled(): void {
    this.watcher?.giveUp(this)
  }

  /** Transport's part of giving up. */
  protected abstract abandon(): void
}
