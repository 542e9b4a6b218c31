import { type HeaderBlock, headerRemove } from '../../kit/index.ts'
import { connectionFields, DROPPED_REPLY_FIELDS, REPLICA_FIELD } from '../wire-fields.ts'

/** Longest status line and header section that is taken in. */
const HEAD_BYTES_MAX = 64 * 1024
/** Largest reply body that is taken in. */
const BODY_BYTES_MAX = 64 * 1024 * 1024
/** Longest chunk-size line, extensions included. */
const CHUNK_LINE_BYTES_MAX = 1024

/** A reply as it came over the wire; connection fields are already gone. */
export interface WireReply {
  status: number
  headers: HeaderBlock
  body: Uint8Array | ''
  /** Value of `x-archlab-replica`. */
  replica: string
  /** Value of `Server-Timing`. */
  timing: string
}

/** The bytes are not an HTTP/1.1 reply, or one that is too large. */
export class ReplyError extends Error {}

type State = 'head' | 'length' | 'chunk-size' | 'chunk-data' | 'chunk-end' | 'trailer' | 'until-close' | 'done'

const EMPTY = Buffer.alloc(0)

/**
 * Reads one HTTP/1.1 reply (RFC 9112) from chunks of bytes, however they are cut. Interim (1xx) replies are skipped.
 * Framing that RFC 9112 §6.3 calls an error is an error here, never a guess.
 */
export class ReplyParser {
  /** False when the connection must not be used again. */
  keepAlive = true
  /** True once a byte of the reply has been seen. */
  started = false
  #state: State = 'head'
  #isHead: boolean
  #reply: WireReply = { status: 0, headers: '', body: '', replica: '', timing: '' }
  /** Bytes not yet consumed, carried over to the next chunk. */
  #rest: Buffer = EMPTY
  #remaining = 0
  #parts: Uint8Array[] = []
  #length = 0

  constructor(isHead: boolean) {
    this.#isHead = isHead
  }

  /** Takes the next bytes; the reply when it is complete. Throws a ReplyError. The bytes may be overwritten later. */
  feed(bytes: Buffer): WireReply | null {
    this.started = true
    const input = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes])
    this.#rest = EMPTY
    let at = 0
    while (this.#state !== 'done') {
      const next = this.#step(input, at)
      if (next < 0) {
        // Owned by the connection's read buffer: keep a copy of what is left.
        this.#rest = Buffer.from(input.subarray(at))
        return null
      }
      at = next
    }
    if (at < input.length) this.keepAlive = false
    return this.#complete()
  }

  /** The connection was closed by the other side: completes a reply that is delimited by it, else throws. */
  end(): WireReply {
    if (this.#state !== 'until-close') throw new ReplyError('the reply broke off')
    return this.#complete()
  }

  /** Consumes one element from `at`; the new position, or -1 when bytes are missing. */
  #step(input: Buffer, at: number): number {
    switch (this.#state) {
      case 'head':
        return this.#head(input, at)
      case 'length':
      case 'chunk-data':
        return this.#data(input, at)
      case 'until-close':
        this.#keep(input, at, input.length)
        return input.length > at ? input.length : -1
      case 'chunk-size':
        return this.#line(input, at, line => this.#chunkSize(line))
      case 'chunk-end':
        return this.#line(input, at, line => {
          if (line !== '') throw new ReplyError('a chunk does not end where it should')
          this.#state = 'chunk-size'
        })
      default:
        return this.#line(input, at, line => {
          if (line === '') this.#state = 'done'
        })
    }
  }

  #head(input: Buffer, at: number): number {
    const end = input.indexOf('\r\n\r\n', at)
    if (end < 0) {
      if (input.length - at > HEAD_BYTES_MAX) throw new ReplyError('the header section is too long')
      return -1
    }
    this.#readHead(input.toString('latin1', at, end))
    return end + 4
  }

  #readHead(head: string): void {
    const lineEnd = head.indexOf('\r\n')
    const statusLine = lineEnd < 0 ? head : head.slice(0, lineEnd)
    const parts = /^HTTP\/1\.([01]) ([1-9][0-9]{2})(?: |$)/.exec(statusLine)
    if (!parts) throw new ReplyError('no HTTP/1.1 status line')
    const status = Number(parts[2])
    const framing = this.#readFields(head, lineEnd)
    if (status < 200) {
      if (status === 101) throw new ReplyError('an upgrade that nobody asked for')
      return
    }
    this.#reply.status = status
    this.#reply.headers = framing.headers
    if (framing.close || parts[1] === '0') this.keepAlive = false
    this.#state = this.#bodyState(status, framing)
  }

  /** Walks over the field lines; `at` is the end of the status line, negative when there are none. */
  #readFields(head: string, at: number): Framing {
    const framing: Framing = { headers: '', close: false, length: undefined, chunked: false, encoded: false }
    let connection = ''
    while (at >= 0) {
      const next = head.indexOf('\r\n', at + 2)
      const line = next < 0 ? head.slice(at + 2) : head.slice(at + 2, next)
      at = next
      const colon = line.indexOf(':')
      if (colon <= 0 || FOLDED_OR_SPACED.test(line.slice(0, colon))) throw new ReplyError('a malformed header field')
      const name = line.slice(0, colon).toLowerCase()
      const value = fromOctets(trimmed(line, colon + 1))
      if (!DROPPED_REPLY_FIELDS.has(name)) framing.headers += `\n${name}: ${value}`
      else if (name === 'connection') connection += `${value},`
      else this.#readDropped(framing, name, value)
    }
    if (connection !== '') {
      framing.close = /(?:^|,)\s*close\s*(?:,|$)/i.test(connection)
      for (const name of connectionFields(connection)) framing.headers = headerRemove(framing.headers, name)
    }
    return framing
  }

  #readDropped(framing: Framing, name: string, value: string): void {
    if (name === 'content-length') {
      if (!/^[0-9]{1,15}$/.test(value) || (framing.length !== undefined && framing.length !== Number(value))) {
        throw new ReplyError('an invalid Content-Length')
      }
      // The reply to HEAD says how long a body would be, and has none.
      if (this.#isHead && framing.length === undefined) framing.headers += `\ncontent-length: ${Number(value)}`
      framing.length = Number(value)
    } else if (name === 'transfer-encoding') {
      framing.encoded = true
      framing.chunked = value.toLowerCase() === 'chunked'
    } else if (name === REPLICA_FIELD) this.#reply.replica = value
    else if (name === 'server-timing') this.#reply.timing = value
  }

  /** Which body follows (RFC 9112 §6.3). */
  #bodyState(status: number, framing: Framing): State {
    if (this.#isHead || status === 204 || status === 304) return 'done'
    if (framing.encoded) {
      if (!framing.chunked || framing.length !== undefined) throw new ReplyError('an unclear body length')
      return 'chunk-size'
    }
    if (framing.length === undefined) {
      this.keepAlive = false
      return 'until-close'
    }
    if (framing.length > BODY_BYTES_MAX) throw new ReplyError('the body is too large')
    this.#remaining = framing.length
    return framing.length === 0 ? 'done' : 'length'
  }

  #data(input: Buffer, at: number): number {
    if (at >= input.length) return -1
    const end = Math.min(input.length, at + this.#remaining)
    this.#keep(input, at, end)
    this.#remaining -= end - at
    if (this.#remaining === 0) this.#state = this.#state === 'length' ? 'done' : 'chunk-end'
    return end
  }

  #chunkSize(line: string): void {
    const size = /^([0-9a-fA-F]{1,8})(?:[ \t]*;.*)?$/.exec(line)?.[1]
    if (size === undefined) throw new ReplyError('an invalid chunk size')
    this.#remaining = Number.parseInt(size, 16)
    this.#state = this.#remaining === 0 ? 'trailer' : 'chunk-data'
  }

  #line(input: Buffer, at: number, read: (line: string) => void): number {
    const end = input.indexOf('\r\n', at)
    if (end < 0 ? input.length - at > CHUNK_LINE_BYTES_MAX : end - at > CHUNK_LINE_BYTES_MAX) {
      throw new ReplyError('a line of the body is too long')
    }
    if (end < 0) return -1
    read(input.toString('latin1', at, end))
    return end + 2
  }

  #keep(input: Buffer, from: number, to: number): void {
    this.#length += to - from
    if (this.#length > BODY_BYTES_MAX) throw new ReplyError('the body is too large')
    // Memory of its own: the read buffer is used again, and a message port would copy all of a shared one.
    if (to > from) this.#parts.push(new Uint8Array(input.subarray(from, to)))
  }

  #complete(): WireReply {
    this.#state = 'done'
    if (this.#parts.length === 1) this.#reply.body = this.#parts[0]!
    else if (this.#parts.length > 1) {
      const whole = new Uint8Array(this.#length)
      let at = 0
      for (const part of this.#parts) {
        whole.set(part, at)
        at += part.length
      }
      this.#reply.body = whole
    }
    return this.#reply
  }
}

interface Framing {
  headers: HeaderBlock
  close: boolean
  length: number | undefined
  chunked: boolean
  encoded: boolean
}

/** The text from `from` on without spaces and tabs around it; `trim` would also eat 0xA0, which ends an "à" in UTF-8. */
function trimmed(line: string, from: number): string {
  let to = line.length
  while (from < to && isBlank(line.charCodeAt(from))) from++
  while (to > from && isBlank(line.charCodeAt(to - 1))) to--
  return line.slice(from, to)
}

const isBlank = (code: number): boolean => code === 0x20 || code === 0x09

const FOLDED_OR_SPACED = /[\s]/
const BEYOND_ASCII = /[^\x00-\x7f]/

/** Field values are octets on the wire; inside the lab they are text, read as UTF-8. */
export const fromOctets = (value: string): string =>
  BEYOND_ASCII.test(value) ? Buffer.from(value, 'latin1').toString('utf8') : value

/** The other way: one character per octet of the UTF-8 form. */
export const toOctets = (value: string): string =>
  BEYOND_ASCII.test(value) ? Buffer.from(value).toString('latin1') : value
