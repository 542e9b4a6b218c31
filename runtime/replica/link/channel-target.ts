import type { MessagePort } from 'node:worker_threads'
import { problem, type Random, type Reply, type Request, SlotTable } from '../../kit/index.ts'
import type { TargetPlan } from '../../protocol.ts'
import { nextTraceparent } from '../traceparent.ts'
import { type Batch, packRequest, REPLY_STRIDE, unpackReply } from './channel-wire.ts'
import { Outbox } from './outbox.ts'
import { PendingCall, type Target } from './target.ts'

/** Calls that may wait on one target; beyond it the caller is told at once (503). */
const PENDING_MAX = 100_000

/** A replica in the same process, reached over a message port. */
export class ChannelTarget implements Target {
  readonly replica: string
  readonly component: string
  readonly address: string | null
  inFlight = 0
  readonly #port: MessagePort
  readonly #outbox: Outbox
  readonly #random: Random
  readonly #pending = new SlotTable<ChannelCall>()
  readonly #self: string

  constructor(plan: TargetPlan, port: MessagePort, options: { self: string; random: Random }) {
    this.replica = plan.replica
    this.component = plan.component
    this.address = plan.address
    this.#port = port
    this.#outbox = new Outbox(port)
    this.#random = options.random
    this.#self = options.self
    port.on('message', (batch: Batch) => this.#receive(batch))
  }

  send(request: Request): PendingCall {
    const call = new ChannelCall(this)
    if (this.#pending.size >= PENDING_MAX) {
      call.settle(this.#trouble(503, 'connection_limit_reached', 'too many calls wait on this replica'))
      return call
    }
    call.id = this.#pending.add(call)
    const traceparent = request.traceparent === '' ? '' : nextTraceparent(request.traceparent, this.#random)
    packRequest(this.#outbox.batch, call.id, request, traceparent)
    return call
  }

  /** The caller stopped waiting for call `id`: the other side need not finish it. */
  abandon(id: number): void {
    if (this.#pending.take(id)) this.#outbox.post(id)
  }

  /** The replica has gone: every call under way is answered 502. */
  close(): void {
    this.#port.close()
    for (const call of this.#pending.takeAll()) {
      call.settle(this.#trouble(502, 'connection_terminated', `${this.replica} went away`))
    }
  }

  #receive(batch: Batch): void {
    for (let at = 0; at < batch.length; at += REPLY_STRIDE) {
      this.#pending.take(batch[at] as number)?.settle(unpackReply(batch, at))
    }
  }

  #trouble(status: number, error: 'connection_terminated' | 'connection_limit_reached', details: string): Reply {
    return problem(status, {
      detail: `The call to ${this.component} did not complete.`,
      proxyStatus: { replica: this.#self, error, details },
    })
  }
}

class ChannelCall extends PendingCall {
  id = 0
  readonly #channel: ChannelTarget

  constructor(channel: ChannelTarget) {
    super()
    this.#channel = channel
  }

  protected abandon(): void {
    this.#channel.abandon(this.id)
  }
}
