import { connect as connectTcp, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { type ReplyFault, ReplyReader } from './reply-reader.ts'

/** Why a request got no complete reply; each is counted under its own name. */
export type Failure =
  | ReplyFault
  | 'connect refused'
  | 'connect failed'
  /** The connection was reset before the reply was complete. */
  | 'connection reset'
  /** The server closed the connection instead of replying. */
  | 'connection closed'
  /** The server closed the connection in the middle of the reply. */
  | 'partial reply'
  | 'timeout'

/** Where a server is. */
export interface Origin {
  readonly host: string
  readonly port: number
  readonly tls: boolean
  /** TLS only: take any certificate. */
  readonly insecure: boolean
}

/** Whoever uses a connection is told how its request ended, exactly once. */
export interface ConnectionUser {
  replied(connection: Connection, status: number, bytes: number): void
  failed(connection: Connection, failure: Failure): void
  /** Only when `send` asked for it, and before `replied`. */
  body?(connection: Connection, text: string): void
  /** The server sent more than its reply, or ended a connection that nobody was using. */
  ended?(connection: Connection, excess: boolean): void
}

const READ_BYTES = 16_384

/** One connection to the server, with at most one request under way. */
export class Connection {
  /** Anything its user wants to remember with it. */
  slot = 0
  readonly #user: ConnectionUser
  readonly #reader: ReplyReader
  readonly #socket: Socket
  #open = true
  #connected = false
  #busy = false

  constructor(origin: Origin, user: ConnectionUser) {
    this.#user = user
    this.#reader = new ReplyReader({
      replied: (status, bytes, keepAlive) => this.#replied(status, bytes, keepAlive),
      broken: fault => this.#broken(fault),
      body: text => user.body?.(this, text),
    })
    this.#socket = this.#dial(origin)
  }

  /** False once it can carry no more requests. */
  get usable(): boolean {
    return this.#open && !this.#busy
  }

  /** Sends a request, as octets or as text in Latin-1. `isHead` and `wantsBody` as `ReplyReader.expect`. */
  send(request: Buffer | string, isHead: boolean, wantsBody = false): void {
    this.#busy = true
    this.#reader.expect(isHead, wantsBody)
    if (typeof request === 'string') this.#socket.write(request, 'latin1')
    else this.#socket.write(request)
  }

  /** Ends it at once; the request under way has failed for this reason. */
  abandon(failure: Failure): void {
    this.#fail(failure)
  }

  /** Ends it without telling anybody. */
  close(): void {
    this.#open = false
    this.#busy = false
    this.#socket.destroy()
  }

  #dial({ host, port, tls, insecure }: Origin): Socket {
    const buffer = Buffer.allocUnsafeSlow(READ_BYTES)
    const onread = {
      buffer,
      callback: (length: number): boolean => {
        if (this.#open) this.#reader.read(buffer, length)
        return true
      },
    }
    const options = { host, port, onread, noDelay: true, keepAlive: false }
    const socket = tls
      ? connectTls({ ...options, servername: isAddress(host) ? '' : host, rejectUnauthorized: !insecure })
      : connectTcp(options)
    socket.setNoDelay(true)
    socket.once(tls ? 'secureConnect' : 'connect', () => {
      this.#connected = true
    })
    socket.on('error', error => this.#fail(this.#nameOf((error as NodeJS.ErrnoException).code)))
    socket.on('end', () => this.#ended())
    socket.on('close', () => this.#ended())
    return socket
  }

  #nameOf(code: string | undefined): Failure {
    if (!this.#connected) return code === 'ECONNREFUSED' ? 'connect refused' : 'connect failed'
    return this.#reader.begun ? 'partial reply' : 'connection reset'
  }

  #ended(): void {
    if (!this.#open || (this.#busy && this.#reader.end())) return
    this.#fail(this.#reader.begun ? 'partial reply' : 'connection closed')
  }

  #replied(status: number, bytes: number, keepAlive: boolean): void {
    this.#busy = false
    if (!keepAlive) this.close()
    this.#user.replied(this, status, bytes)
  }

  #broken(fault: ReplyFault): void {
    // The reply itself was complete; its user has been told.
    if (fault === 'excess data') this.#user.ended?.(this, true)
    this.#fail(fault)
  }

  #fail(failure: Failure): void {
    if (!this.#open && !this.#busy) return
    const wasBusy = this.#busy
    this.close()
    if (wasBusy) this.#user.failed(this, failure)
    else if (failure !== 'excess data') this.#user.ended?.(this, false)
  }
}

const isAddress = (host: string): boolean => /^[0-9.]+$/.test(host) || host.includes(':')
