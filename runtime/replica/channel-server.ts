import type { MessagePort } from 'node:worker_threads'
import { type Clock, type Reply, type Request, SlotMirror } from '../kit/index.ts'
import { type Batch, packReply, REQUEST_STRIDE, unpackRequest } from './link/channel-wire.ts'
import { Outbox } from './link/outbox.ts'
import { answeredBy, hopTiming } from './reply-origin.ts'
import type { Service } from './service.ts'

export interface ChannelServerOptions {
  replica: string
  transparent: boolean
  service: Service
  clock: Clock
}

/** Serves the callers that share this process, one message port each. */
export class ChannelServer {
  #options: ChannelServerOptions
  readonly #ports = new Set<MessagePort>()

  constructor(options: ChannelServerOptions) {
    this.#options = options
  }

  /** Goes on by other options. */
  become(options: ChannelServerOptions): void {
    this.#options = options
  }

  /** Takes requests from `port` until the caller closes it. */
  serve(port: MessagePort): void {
    const running = new SlotMirror<Request>()
    const outbox = new Outbox(port)
    this.#ports.add(port)
    port.on('message', (message: Batch | number) => {
      if (typeof message === 'number') this.#abandon(running.get(message))
      else this.#take(message, running, outbox)
    })
    port.on('close', () => {
      this.#ports.delete(port)
      for (const request of running.values()) this.#abandon(request)
    })
  }

  /** Takes no more requests: an open port would keep the thread from ending. Replies under way are not sent. */
  close(): void {
    for (const port of this.#ports) port.close()
  }

  #abandon(request: Request | undefined): void {
    if (request) this.#options.service.abandon(request)
  }

  #take(batch: Batch, running: SlotMirror<Request>, outbox: Outbox): void {
    const arrivedAtMs = this.#options.clock.nowMs()
    for (let at = 0; at < batch.length; at += REQUEST_STRIDE) {
      const id = batch[at] as number
      const request = unpackRequest(batch, at, arrivedAtMs)
      running.set(id, request)
      this.#options.service.run(request, reply => {
        running.delete(id)
        this.#finish(outbox, id, request, reply)
      })
    }
  }

  #finish(outbox: Outbox, id: number, request: Request, reply: Reply): void {
    if (!this.#options.service.finish(request, reply)) return
    const timing = request.trace ? hopTiming(this.#options, request, request.trace) : ''
    packReply(outbox.batch, id, reply, answeredBy(this.#options, reply), timing)
  }
}
