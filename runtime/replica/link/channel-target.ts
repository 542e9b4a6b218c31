import type { MessagePort } from 'node:worker_threads'
import { problem, type Random, type Reply, type Request } from '../../kit/index.ts'
import type { TargetPlan } from '../../protocol.ts'
import { nextTraceparent } from '../traceparent.ts'
import { type Batch, packRequest, REPLY_STRIDE, unpackReply } from './channel-wire.ts'
import { Outbox } from './outbox.ts'
import type { PendingCall, Target } from './target.ts'

/** Calls that may wait on one target; beyond it the caller is told at once (503). */
const PENDING_MAX = 100_000

/** A replica in the same process, reached over a message port. */
export class ChannelTarget implements Target {
  readonly replica: string
  readonly component: string
  readonly weight: number
  readonly address: string | null
  inFlight = 0
  readonly #port: MessagePort
  readonly #outbox: Outbox
  readonly #random: Random
  readonly #pending = new Map<number, ChannelCall>()
  readonly #self: string
  #nextId = 1

  constructor(plan: TargetPlan, port: MessagePort, options: { self: string; random: Random }) {
    this.replica = plan.replica
    this.component = plan.component
    this.weight = plan.weight
    this.address = plan.address
    this.#port = port
    this.#outbox = new Outbox(port)
    this.#random = options.random
    this.#self = options.self
    port.on('message', (batch: Batch) => this.#receive(batch))
  }

  send(request: Request): PendingCall {
    const id = this.#nextId++
    const call = new ChannelCall(this, id)
    if (this.#pending.size >= PENDING_MAX) {
      call.settle(this.#trouble(503, 'connection_limit_reached', 'too many calls wait on this replica'))
      return call
    }
    this.#pending.set(id, call)
    const traceparent = request.traceparent === '' ? '' : nextTraceparent(request.traceparent, this.#random)
    packRequest(this.#outbox.batch, id, request, traceparent)
    return call
  }

  /** The caller stopped waiting for call `id`: the other side need not finish it. */
  abandon(id: number): void {
    if (this.#pending.delete(id)) this.#port.postMessage(id)
  }

  /** The replica has gone: every call under way is answered 502. */
  close(): void {
    this.#port.close()
    const lost = [...this.#pending.values()]
    this.#pending.clear()
    for (const call of lost) call.settle(this.#trouble(502, 'connection_terminated', `${this.replica} went away`))
  }

  #receive(batch: Batch): void {
    for (let at = 0; at < batch.length; at += REPLY_STRIDE) {
      const id = batch[at] as number
      const call = this.#pending.get(id)
      if (call === undefined) continue
      this.#pending.delete(id)
      call.settle(unpackReply(batch, at))
    }
  }

  #trouble(status: number, error: 'connection_terminated' | 'connection_limit_reached', details: string): Reply {
    return problem(status, {
      detail: `The call to ${this.component} did not complete.`,
      proxyStatus: { replica: this.#self, error, details },
    })
  }
}

class ChannelCall implements PendingCall {
  readonly reply: Promise<Reply>
  settle!: (reply: Reply) => void
  readonly #target: ChannelTarget
  readonly #id: number

  constructor(target: ChannelTarget, id: number) {
    this.#target = target
    this.#id = id
    this.reply = new Promise(resolve => {
      this.settle = resolve
    })
  }

  giveUp(outcome: Reply): void {
    this.#target.abandon(this.#id)
    this.settle(outcome)
  }
}
