/**
 * Reads HTTP/1.1 replies (RFC 9112) of one connection as their octets arrive, and says exactly what is wrong when something
 * is: a load generator has to tell a bad server from a slow one. It keeps nothing of a reply but its status and length.
 */

/** Why a reply could not be read to its end. */
export type ReplyFault =
  /** The head is no HTTP/1.1 head, is longer than 64 kB, or its framing is contradictory. */
  | 'bad head'
  /** A chunk size or the line after a chunk is not what RFC 9112 §7.1 says. */
  | 'bad chunk'
  /** Content-Length is no number, or there are several that differ. */
  | 'bad content-length'
  /** More octets than the reply has: the next reply of the connection cannot be told from the rest of this one. */
  | 'excess data'

/** Told what a `ReplyReader` finds. */
export interface ReplyListener {
  /** A reply is complete. `keepAlive` is false when the connection is not to be used again. */
  replied(status: number, bytes: number, keepAlive: boolean): void
  /** The connection is of no further use. */
  broken(fault: ReplyFault): void
  /** The value of a field that was asked for, before `replied`. */
  body?(text: string): void
}

const HEAD_BYTES_MAX = 65_536
const LINE_BYTES_MAX = 1024
const CR = 13
const LF = 10

type State = 'head' | 'length' | 'close' | 'chunk size' | 'chunk data' | 'chunk end' | 'trailer' | 'broken'

/** What the head of a reply says about its framing. */
interface Head {
  readonly status: number
  /** Octets of the body; -1 for chunked, -2 for everything up to the end of the connection. */
  readonly length: number
  readonly keepAlive: boolean
}

const CHUNKED = -1
const UNTIL_CLOSE = -2

export class ReplyReader {
  readonly #listener: ReplyListener
  #state: State = 'head'
  #expecting = false
  #completed = false
  #keepAlive = true
  #isHead = false
  /** Octets of a head or line that is not complete yet. */
  #partial: Buffer | undefined
  #head: Head = { status: 0, length: 0, keepAlive: true }
  #left = 0
  #bytes = 0
  /** The last head as octets: servers repeat themselves, so most heads need no reading. */
  #known: Buffer = Buffer.alloc(0)
  #knownHead: Head | undefined
  #body: Buffer[] | undefined

  constructor(listener: ReplyListener) {
    this.#listener = listener
  }

  /** A request has been sent. `isHead`: its reply has no body whatever its fields say. `wantsBody`: `body` is told it. */
  expect(isHead: boolean, wantsBody = false): void {
    this.#expecting = true
    this.#isHead = isHead
    this.#bytes = 0
    this.#body = wantsBody ? [] : undefined
  }

  get #isBroken(): boolean {
    return this.#state === 'broken'
  }

  /** Something of the reply has arrived already. */
  get begun(): boolean {
    return this.#state !== 'head' || this.#partial !== undefined
  }

  /** Takes octets, which may be overwritten afterwards. */
  read(buffer: Buffer, end: number): void {
    if (this.#isBroken) return
    let data = buffer
    let to = end
    if (this.#partial) {
      data = Buffer.concat([this.#partial, buffer.subarray(0, end)])
      to = data.length
      this.#partial = undefined
    }
    let at = 0
    while (at < to && this.#expecting && !this.#isBroken) {
      const next = this.#step(data, at, to)
      if (next < 0) {
        this.#keep(data, at, to)
        return
      }
      at = next
    }
    if (!this.#isBroken && !this.#expecting) this.#settle(at < to)
  }

  /** Tells of the reply that has been read; the listener may send the next request at once. */
  #settle(hasExcess: boolean): void {
    const { status } = this.#head
    if (this.#completed) {
      this.#completed = false
      if (this.#body) this.#listener.body?.(Buffer.concat(this.#body).toString('utf8'))
      this.#listener.replied(status, this.#bytes, this.#keepAlive && !hasExcess)
    }
    if (hasExcess) this.#break('excess data')
  }

  /** The connection has ended. True when that is how the reply ends. */
  end(): boolean {
    if (this.#state !== 'close') return false
    this.#complete(false)
    this.#settle(false)
    return true
  }

  /** Reads one piece; the place behind it, or -1 when it is not complete. */
  #step(data: Buffer, at: number, to: number): number {
    switch (this.#state) {
      case 'head':
        return this.#readHead(data, at, to)
      case 'length':
      case 'chunk data':
        return this.#readOctets(data, at, to)
      case 'close':
        this.#count(data, at, to)
        return to
      case 'chunk size':
        return this.#readChunkSize(data, at, to)
      case 'chunk end':
        return this.#readChunkEnd(data, at, to)
      case 'trailer':
        return this.#readTrailer(data, at, to)
      case 'broken':
        return to
    }
  }

  #readHead(data: Buffer, at: number, to: number): number {
    const known = this.#known.length
    let head: Head | 'bad head' | 'bad content-length' | undefined
    let behind: number
    if (known > 0 && to - at >= known && data.compare(this.#known, 0, known, at, at + known) === 0) {
      head = this.#knownHead
      behind = at + known
    } else {
      const blank = data.indexOf('\r\n\r\n', at, 'latin1')
      if (blank < 0 || blank + 4 > to) {
        if (to - at > HEAD_BYTES_MAX || (to > at && data[at] !== 72)) this.#break('bad head')
        return -1
      }
      behind = blank + 4
      head = parseHead(data.toString('latin1', at, behind - 2))
      if (typeof head === 'object') {
        this.#known = Buffer.from(data.subarray(at, behind))
        this.#knownHead = head
      }
    }
    if (typeof head !== 'object') {
      this.#break(head ?? 'bad head')
      return to
    }
    this.#begin(head)
    return behind
  }

  #begin(head: Head): void {
    const { status } = head
    // 1xx are told before the reply proper (RFC 9110 §15.2); nobody here asked to switch protocols.
    if (status < 200) {
      if (status === 101) this.#break('bad head')
      return
    }
    this.#head = head
    const bodyless = this.#isHead || status === 204 || status === 304
    if (bodyless || head.length === 0) this.#complete(head.keepAlive)
    else if (head.length > 0) {
      this.#left = head.length
      this.#state = 'length'
    } else this.#state = head.length === CHUNKED ? 'chunk size' : 'close'
  }

  #readOctets(data: Buffer, at: number, to: number): number {
    const taken = Math.min(this.#left, to - at)
    this.#count(data, at, at + taken)
    this.#left -= taken
    if (this.#left === 0) {
      if (this.#state === 'chunk data') this.#state = 'chunk end'
      else this.#complete(this.#head.keepAlive)
    }
    return at + taken
  }

  #readChunkSize(data: Buffer, at: number, to: number): number {
    const line = this.#line(data, at, to)
    if (line < 0) return -1
    const size = /^([0-9A-Fa-f]{1,8})[ \t]*(;.*)?$/.exec(data.toString('latin1', at, line - 2))
    if (!size) {
      this.#break('bad chunk')
      return to
    }
    this.#left = Number.parseInt(size[1]!, 16)
    this.#state = this.#left === 0 ? 'trailer' : 'chunk data'
    return line
  }

  #readChunkEnd(data: Buffer, at: number, to: number): number {
    if (data[at] !== CR || (to - at > 1 && data[at + 1] !== LF)) {
      this.#break('bad chunk')
      return to
    }
    if (to - at < 2) return -1
    this.#state = 'chunk size'
    return at + 2
  }

  #readTrailer(data: Buffer, at: number, to: number): number {
    const line = this.#line(data, at, to)
    if (line < 0) return -1
    if (line - at === 2) this.#complete(this.#head.keepAlive)
    return line
  }

  /** The place behind the line that begins at `at`, or -1 when its end has not come; a line without CR is broken. */
  #line(data: Buffer, at: number, to: number): number {
    const feed = data.indexOf(LF, at)
    const found = feed >= 0 && feed < to
    if ((!found && to - at > LINE_BYTES_MAX) || (found && (feed === at || data[feed - 1] !== CR))) {
      this.#break('bad chunk')
      return -1
    }
    return found ? feed + 1 : -1
  }

  #count(data: Buffer, from: number, to: number): void {
    this.#bytes += to - from
    this.#body?.push(Buffer.from(data.subarray(from, to)))
  }

  #complete(keepAlive: boolean): void {
    this.#state = 'head'
    this.#expecting = false
    this.#completed = true
    this.#keepAlive = keepAlive
  }

  #keep(data: Buffer, at: number, to: number): void {
    if (!this.#isBroken) this.#partial = Buffer.from(data.subarray(at, to))
  }

  #break(fault: ReplyFault): void {
    this.#state = 'broken'
    this.#partial = undefined
    this.#listener.broken(fault)
  }
}

const STATUS_LINE = /^HTTP\/1\.([01]) ([1-5][0-9]{2})(?: [^\r\n]*)?\r\n/
const FIELD = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([^\r\n]*?)[ \t]*$/

/** Reads a head, given as text up to its last line break. */
function parseHead(text: string): Head | 'bad head' | 'bad content-length' {
  const line = STATUS_LINE.exec(text)
  if (!line) return 'bad head'
  let length: number | undefined
  let chunked = false
  let keepAlive = line[1] === '1'
  for (const one of text.slice(line[0].length).split('\r\n')) {
    if (one === '') continue
    const field = FIELD.exec(one)
    if (!field) return 'bad head'
    const name = field[1]!.toLowerCase()
    const value = field[2]!.toLowerCase()
    if (name === 'content-length') {
      if (!/^[0-9]{1,15}$/.test(value) || (length !== undefined && length !== Number(value)))
        return 'bad content-length'
      length = Number(value)
    } else if (name === 'transfer-encoding') {
      // Whatever else it says, the end of such a body cannot be told (RFC 9112 §6.3).
      if (value !== 'chunked' || chunked) return 'bad head'
      chunked = true
    } else if (name === 'connection') {
      const options = value.split(/[ \t]*,[ \t]*/)
      if (options.includes('close')) keepAlive = false
      else if (options.includes('keep-alive')) keepAlive = true
    }
  }
  if (chunked && length !== undefined) return 'bad head'
  const unknown = chunked ? CHUNKED : UNTIL_CLOSE
  return { status: Number(line[2]), length: length ?? unknown, keepAlive }
}
