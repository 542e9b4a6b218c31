import { connect } from 'node:net'

/** What came back over a connection on which arbitrary bytes were sent. */
export interface Talk {
  /** Complete replies, in order. */
  replies: RawReply[]
  /** True when the other side closed the connection. */
  closed: boolean
  afterMs: number
}

export interface RawReply {
  status: number
  /** Names in lower case; the last of repeated fields. */
  fields: Record<string, string>
  body: string
}

export interface TalkOptions {
  /** Done after this many replies; without it when the other side closes the connection. */
  replies?: number
  /** Pause between two pieces, in milliseconds. */
  pauseMs?: number
  timeoutMs?: number
}

/** Sends pieces of bytes (text is sent as Latin-1) over a connection of its own and reads what comes back. */
export function talk(
  port: number,
  pieces: string | Uint8Array | readonly (string | Uint8Array)[],
  { replies: wanted = Number.POSITIVE_INFINITY, pauseMs = 0, timeoutMs = 20_000 }: TalkOptions = {},
): Promise<Talk> {
  const startMs = performance.now()
  const queue = typeof pieces === 'string' || pieces instanceof Uint8Array ? [pieces] : [...pieces]
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true, allowHalfOpen: true })
    let received = ''
    const finish = (closed: boolean): void => {
      clearTimeout(timer)
      socket.destroy()
      resolve({ replies: splitReplies(received, closed), closed, afterMs: performance.now() - startMs })
    }
    const timer = setTimeout(() => {
      socket.destroy()
      reject(new Error(`neither closed nor answered in ${timeoutMs} ms; so far: ${JSON.stringify(received)}`))
    }, timeoutMs)
    socket.on('data', data => {
      received += data.toString('latin1')
      if (splitReplies(received, false).length >= wanted) finish(false)
    })
    socket.on('end', () => finish(true))
    // The other side closed without having read everything; what it said before still counts.
    socket.on('error', () => finish(true))
    const sendNext = (): void => {
      const piece = queue.shift()
      if (piece === undefined || socket.destroyed) return
      const bytes = typeof piece === 'string' ? Buffer.from(piece, 'latin1') : piece
      socket.write(bytes, () => (pauseMs > 0 ? setTimeout(sendNext, pauseMs) : sendNext()))
    }
    sendNext()
  })
}

/** Cuts bytes into replies; one without a length ends with the connection. */
export function splitReplies(bytes: string, closed: boolean): RawReply[] {
  const replies: RawReply[] = []
  for (let at = 0; at < bytes.length; ) {
    const end = bytes.indexOf('\r\n\r\n', at)
    if (end < 0) break
    const [statusLine = '', ...lines] = bytes.slice(at, end).split('\r\n')
    const fields = Object.fromEntries(
      lines.map(line => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]),
    )
    const length = fields['content-length'] === undefined ? undefined : Number(fields['content-length'])
    const stop = length === undefined ? bytes.length : end + 4 + length
    if (length === undefined ? !closed : bytes.length < stop) break
    replies.push({ status: Number(statusLine.split(' ')[1]), fields, body: bytes.slice(end + 4, stop) })
    at = stop
  }
  return replies
}
