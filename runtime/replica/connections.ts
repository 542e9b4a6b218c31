import { type Clock, headerEach, type Reply, statusText } from '../kit/index.ts'
import type { Traffic } from '../meters/index.ts'
import type { HttpResponse } from './uws.ts'
import { REPLICA_FIELD } from './wire-fields.ts'

/** How long one that was refused may take to read why; what it has sent is not read, so that closing at once could lose it. */
const LINGER_MS = 500
/** So many at once may; further ones are closed without a reply. */
const LINGERING_MAX = 256

/** What of a reply this uses: a connection has no request yet, nor a name by which to know it again. */
type Wire = Pick<HttpResponse, 'writeStatus' | 'writeHeader' | 'onAborted' | 'pause' | 'close'> & {
  cork(write: () => void): unknown
}

export interface ConnectionOptions {
  replica: string
  clock: Clock
  /** Most connections at once. */
  limit: number
  /** What one too many is answered. */
  tooMany: Reply
  traffic: Traffic
  /** One too many has come, and is about to be answered. */
  refused(): void
}

/** Counts the connections to a server, and refuses those beyond the limit before they have asked for anything. */
export class Connections {
  #options: ConnectionOptions
  #open = 0
  #lingering = 0
  #closed = false

  constructor(options: ConnectionOptions) {
    this.#options = options
  }

  /** Goes on by other options; those that are connected stay. */
  become(options: ConnectionOptions): void {
    this.#options = options
  }

  /** A client has connected. */
  opened(wire: Wire): void {
    const { limit, traffic } = this.#options
    this.#open += 1
    traffic.connected(this.#open)
    if (this.#open - this.#lingering > limit) this.#refuse(wire)
    // The library forgets this listener when it has sent a first reply, or another listener stands in its place.
    else wire.onAborted(() => this.#unread())
  }

  /** One of them has gone. */
  gone(): void {
    this.#open -= 1
    this.#options.traffic.disconnected(this.#open)
  }

  /** The server closes all of them: nothing that ends now was the client's doing. */
  close(): void {
    this.#closed = true
  }

  #unread(): void {
    if (!this.#closed) this.#options.traffic.unread()
  }

  #refuse(wire: Wire): void {
    const { clock, refused } = this.#options
    refused()
    if (this.#lingering >= LINGERING_MAX) {
      wire.close()
      return
    }
    this.#lingering += 1
    const callOff = clock.after(LINGER_MS, () => wire.close())
    wire.onAborted(() => {
      this.#lingering -= 1
      callOff()
    })
    wire.pause()
    wire.cork(() => this.#write(wire))
  }

  /**
   * The whole reply, without ending it: the library would close the connection at once, or take the client's request for the
   * next one to answer. Therefore the body follows the last field by hand, with the line break that ends a field in it.
   */
  #write(wire: Wire): void {
    const { replica, tooMany } = this.#options
    const body = tooMany.body as string
    wire.writeStatus(`${tooMany.status} ${statusText(tooMany.status)}`)
    headerEach(tooMany.headers, (name, value) => {
      wire.writeHeader(name, value)
    })
    wire.writeHeader(REPLICA_FIELD, replica)
    wire.writeHeader('connection', 'close')
    wire.writeHeader('content-length', `${Buffer.byteLength(body) + 2}\r\n\r\n${body}`)
  }
}
