import { connect, type Socket } from 'node:net'
import { type ReplyError, ReplyParser, type WireReply } from './reply-parser.ts'

/** Size of a connection's read buffer. */
const READ_BYTES = 64 * 1024

/** One request ready for the wire, and who wants to know how it went. */
export interface WireCall {
  /** Request line and header section, one character per octet. */
  readonly head: string
  readonly body: string | Uint8Array
  readonly isHead: boolean
  replied(reply: WireReply): void
  /** `answering` says that the reply had begun. */
  failed(error: NodeJS.ErrnoException | ReplyError, answering: boolean): void
}

/** A TCP connection with keep-alive that carries one call at a time. */
export class HttpConnection {
  /** When it last became idle, on the lab's clock. */
  idleSinceMs = 0
  /** Calls completed on it. */
  served = 0
  readonly #socket: Socket
  readonly #onIdle: (connection: HttpConnection) => void
  readonly #onGone: (connection: HttpConnection) => void
  #call: WireCall | undefined
  #parser: ReplyParser | undefined
  #gone = false

  constructor(
    address: { host: string; port: number },
    on: { idle: (connection: HttpConnection) => void; gone: (connection: HttpConnection) => void },
  ) {
    this.#onIdle = on.idle
    this.#onGone = on.gone
    this.#socket = connect({
      ...address,
      noDelay: true,
      // Reads go straight from here to the parser, past the stream machinery.
      onread: {
        buffer: Buffer.allocUnsafeSlow(READ_BYTES),
        callback: (length, buffer) => {
          this.#read((buffer as Buffer).subarray(0, length))
          return true
        },
      },
    })
    this.#socket.on('error', error => this.#lost(error))
    this.#socket.on('end', () => this.#ended())
    this.#socket.on('close', () => this.#lost(closedByPeer()))
  }

  /** Sends a call; the connection must be idle. */
  send(call: WireCall): void {
    this.#call = call
    this.#parser = new ReplyParser(call.isHead)
    const socket = this.#socket
    if (call.body === '') {
      socket.write(call.head, 'latin1')
      return
    }
    socket.cork()
    socket.write(call.head, 'latin1')
    socket.write(call.body)
    socket.uncork()
  }

  /** Closes it; a call under way is forgotten. */
  destroy(): void {
    this.#call = undefined
    this.#lost(closedByPeer())
  }

  /** Closes it; a call under way fails. */
  fail(): void {
    this.#lost(closedByPeer())
  }

  #read(bytes: Buffer): void {
    if (!this.#parser || !this.#call) {
      // Bytes that nobody asked for: whatever follows could be taken for another call's reply.
      this.destroy()
      return
    }
    try {
      const reply = this.#parser.feed(bytes)
      if (reply) this.#done(reply, this.#parser.keepAlive)
    } catch (error) {
      this.#lost(error as ReplyError)
    }
  }

  #ended(): void {
    if (!this.#parser?.started) return
    try {
      this.#done(this.#parser.end(), false)
    } catch (error) {
      this.#lost(error as ReplyError)
    }
  }

  #done(reply: WireReply, reusable: boolean): void {
    const call = this.#call
    this.#call = undefined
    this.#parser = undefined
    this.served += 1
    if (reusable) this.#onIdle(this)
    else this.#lost(closedByPeer())
    call?.replied(reply)
  }

  #lost(error: NodeJS.ErrnoException | ReplyError): void {
    if (this.#gone) return
    this.#gone = true
    const call = this.#call
    const answering = this.#parser?.started ?? false
    this.#call = undefined
    this.#socket.destroy()
    this.#onGone(this)
    call?.failed(error, answering)
  }
}

const closedByPeer = (): NodeJS.ErrnoException =>
  Object.assign(new Error('closed by the other side'), { code: 'ECLOSED' })
