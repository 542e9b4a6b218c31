import { connect, type Socket } from 'node:net'

/** What is sent; `Host` and `Content-Length` are added. */
export interface WireCall {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string | string[]>>
  readonly body?: string | Uint8Array
}

interface Waiting {
  readonly bodyless: boolean
  readonly resolve: (reply: { status: number }) => void
  readonly reject: (error: Error) => void
}

/**
 * A client that keeps one connection and reads no more of a reply than its status and where it ends,
 * for tests that count many thousands of replies. One call at a time.
 */
export class WireClient {
  readonly #port: number
  #socket: Socket | undefined
  #received = ''
  #waiting: Waiting | undefined

  constructor(port: number) {
    this.#port = port
  }

  call(path: string, { method = 'GET', headers = {}, body = '' }: WireCall = {}): Promise<{ status: number }> {
    const bytes = Buffer.from(body)
    const fields = Object.entries(headers).flatMap(([name, value]) => [value].flat().map(one => `${name}: ${one}\r\n`))
    const length = bytes.length > 0 || method === 'POST' ? `content-length: ${bytes.length}\r\n` : ''
    const head = `${method} ${path} HTTP/1.1\r\nhost: 127.0.0.1:${this.#port}\r\n${length}${fields.join('')}\r\n`
    return new Promise((resolve, reject) => {
      this.#waiting = { bodyless: method === 'HEAD', resolve, reject }
      this.#socket ??= this.#open()
      this.#socket.write(head + bytes.toString('latin1'), 'latin1')
    })
  }

  close(): void {
    this.#socket?.destroy()
  }

  #open(): Socket {
    const socket = connect({ port: this.#port, host: '127.0.0.1', noDelay: true })
    socket.setEncoding('latin1')
    socket.on('data', (text: string) => this.#read(text))
    socket.on('error', error => this.#lost(socket, error))
    socket.on('close', () => this.#lost(socket, new Error('the connection was closed before the reply')))
    return socket
  }

  #lost(socket: Socket, error: Error): void {
    if (this.#socket !== socket) return
    this.#socket = undefined
    this.#received = ''
    this.#waiting?.reject(error)
    this.#waiting = undefined
  }

  #read(text: string): void {
    this.#received += text
    const end = this.#received.indexOf('\r\n\r\n')
    if (end < 0 || !this.#waiting) return
    const head = this.#received.slice(0, end).toLowerCase()
    const status = Number(head.slice(9, 12))
    const bodyless = this.#waiting.bodyless || status === 204 || status === 304
    const length = bodyless ? 0 : Number(/\r\ncontent-length: (\d+)/.exec(head)?.[1])
    if (!(this.#received.length >= end + 4 + length)) {
      if (Number.isNaN(length)) this.#lost(this.#socket!, new Error(`no length in ${head}`))
      return
    }
    const { resolve } = this.#waiting
    this.#waiting = undefined
    this.#received = ''
    if (head.includes('\r\nconnection: close')) {
      this.#socket!.destroy()
      this.#socket = undefined
    }
    resolve({ status })
  }
}
