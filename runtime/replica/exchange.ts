import {
  bodyLength,
  Cancellation,
  type Clock,
  DroppedReply,
  type HeaderBlock,
  headerEach,
  headerRemove,
  type Peer,
  type Reply,
  type Request,
  statusText,
} from '../kit/index.ts'
import type { Refusal } from '../meters/index.ts'
import { clientAddress } from './client-address.ts'
import { answeredBy, hopTiming } from './reply-origin.ts'
import type { Service } from './service.ts'
import type { HttpResponse } from './uws.ts'
import { REPLICA_FIELD } from './wire-fields.ts'

/** What an exchange needs to know of its replica. */
export interface ExchangeOptions {
  replica: string
  transparent: boolean
  service: Service
  clock: Clock
  refusals: Readonly<Record<Refusal, Reply>>
}

/** One request on the wire and its reply. */
export class Exchange implements Peer {
  readonly cancellation = new Cancellation()
  finished = false
  readonly #res: HttpResponse
  readonly #options: ExchangeOptions
  readonly #isHead: boolean
  readonly #isDraining: () => boolean
  #close = false
  #watching = false
  #request: Request | undefined
  #address: string | undefined

  constructor(res: HttpResponse, options: ExchangeOptions, isHead: boolean, isDraining: () => boolean) {
    this.#res = res
    this.#options = options
    this.#isHead = isHead
    this.#isDraining = isDraining
  }

  /** The client's address; empty when it is first asked for after the client has gone. */
  get address(): string {
    if (this.#address === undefined) this.#address = this.finished ? '' : clientAddress(this.#res)
    return this.#address
  }

  /** uWebSockets.js wants to know, before its callback returns, what to do when the client leaves. */
  watchAbort(): void {
    if (this.#watching) return
    this.#watching = true
    this.#res.onAborted(() => {
      if (this.finished) return
      this.finished = true
      if (this.#request) this.#options.service.abandon(this.#request)
      else this.#options.service.lost()
    })
  }

  run(request: Request): void {
    this.#request = request
    this.#options.service.run(request, reply => this.#finish(request, reply))
    if (!this.finished) this.watchAbort()
  }

  /** The connection closes with the reply, and nothing more is read from it. */
  closeAfterwards(): void {
    this.#close = true
  }

  /**
   * Answers without running the handler, and closes the connection. Not before everything that came with the message has been
   * looked at: as long as it waits, uWebSockets.js ends the connection when another request follows, which nobody may answer.
   */
  refuse(reason: Refusal, arrivedAtMs: number): void {
    this.#options.service.refuse(reason)
    this.#close = true
    this.watchAbort()
    setImmediate(() => {
      if (this.finished) return
      const reply = this.#options.refusals[reason]
      this.#options.service.refused(reply.status, this.#options.clock.nowMs() - arrivedAtMs)
      this.#write(reply, '', undefined)
    })
  }

  #finish(request: Request, reply: Reply): void {
    if (!this.#options.service.finish(request, reply)) return
    const timing = request.trace ? hopTiming(this.#options, request, request.trace) : ''
    const traceparent = request.trace ? request.traceparent : undefined
    this.#write(reply, timing, traceparent)
  }

  #write(reply: Reply, timing: string, traceparent: string | undefined): void {
    if (this.finished) return
    this.finished = true
    if (reply instanceof DroppedReply) {
      this.watchAbort()
      this.#res.close()
      return
    }
    const close = this.#close || this.#isDraining()
    this.#res.cork(() => {
      const res = this.#res
      res.writeStatus(statusLine(reply.status))
      headerEach(writableHeaders(reply.headers), (name, value) => {
        res.writeHeader(name, value)
      })
      res.writeHeader(REPLICA_FIELD, answeredBy(this.#options, reply))
      if (timing !== '') res.writeHeader('server-timing', timing)
      if (traceparent !== undefined) res.writeHeader('traceparent', traceparent)
      const bodyless = reply.status === 204 || reply.status === 304
      if (!bodyless && !this.#isHead) res.end(reply.body as string, close)
      else {
        // endWithoutBody takes no argument here: with one, even undefined, it announces that many bytes and then waits for
        // them, which aborts the process when the handler was synchronous.
        if (!bodyless) res.writeHeader('content-length', String(lengthOfHead(reply)))
        if (close) res.writeHeader('connection', 'close')
        res.endWithoutBody()
      }
    })
  }
}

// A module could set fields that only the server may write; a second Content-Length would be a smuggling hole.
function writableHeaders(block: HeaderBlock): HeaderBlock {
  return block.includes('\ncontent-length: ') || block.includes('\ntransfer-encoding: ')
    ? headerRemove(headerRemove(block, 'content-length'), 'transfer-encoding')
    : block
}

/** The length that the reply to a GET would have; what comes over an `http` link has it as a field, and no body. */
function lengthOfHead(reply: Reply): number {
  return reply.body === '' ? Number(reply.header('content-length') ?? 0) : bodyLength(reply.body)
}

const statusLines = new Map<number, string>()
function statusLine(status: number): string {
  let line = statusLines.get(status)
  if (line === undefined) {
    line = `${status} ${statusText(status)}`
    statusLines.set(status, line)
  }
  return line
}
