import * as uWS from 'uWebSockets.js'
import {
  ArchlabError,
  bodyLength,
  Cancellation,
  type Clock,
  type HeaderBlock,
  type HopTrace,
  headerEach,
  headerRemove,
  problem,
  type Random,
  type Reply,
  Request,
  statusText,
} from '../kit/index.ts'
import type { ListenPlan } from '../protocol.ts'
import { answeredBy, hopTiming } from './reply-origin.ts'
import type { Service } from './service.ts'
import { newTraceparent } from './traceparent.ts'
import {
  ACCESS_FIELD,
  connectionFields,
  DEADLINE_FIELD,
  DROPPED_REQUEST_FIELDS,
  isTraceparent,
  REPLICA_FIELD,
  TRACE_FIELD,
} from './wire-fields.ts'

export interface ServerOptions {
  replica: string
  transparent: boolean
  service: Service
  clock: Clock
  random: Random
  bodyLimitBytes: number
  accessToken: string | null
}

const LISTEN_EXCLUSIVELY = 1
const LISTEN_SHARED = 0

/**
 * The replica's HTTP server. It absorbs what uWebSockets.js asks for: everything is read from `req` before the callback
 * returns, nothing touches `res` after an abort or an end, later writes are corked, body chunks are copied, and no
 * exception leaves a native callback.
 */
export class Server {
  readonly #app: uWS.TemplatedApp
  readonly #options: ServerOptions
  readonly #tooLarge: Reply
  readonly #notALink: Reply
  readonly #malformed: Readonly<Record<HeadFault, Reply>>
  #draining = false
  #closed = false
  readonly #isDraining = (): boolean => this.#draining

  constructor(options: ServerOptions) {
    this.#options = options
    const proxyStatus = (details: string) =>
      ({ replica: options.replica, error: 'http_request_denied', details }) as const
    this.#tooLarge = problem(413, {
      detail: `The body is larger than ${options.bodyLimitBytes} bytes.`,
      proxyStatus: proxyStatus('body-limit'),
    })
    this.#notALink = problem(403, {
      detail: 'Only links of the topology may call this component.',
      proxyStatus: proxyStatus('access'),
    })
    this.#malformed = {
      host: problem(400, { detail: 'A request has one Host field.' }),
      length: problem(400, { detail: 'Content-Length is not one number.' }),
      coding: problem(501, { detail: 'The only transfer coding that is understood is chunked.' }),
      target: problem(400, { detail: 'The request target is neither ASCII nor UTF-8.' }),
    }
    this.#app = uWS.App()
    this.#app.any('/*', (res, req) => this.#take(res, req))
  }

  /** Listens; resolves to the port. Rejects when the port is taken or may not be used. */
  listen(plan: ListenPlan): Promise<number> {
    return new Promise((resolve, reject) => {
      const mode = plan.shared ? LISTEN_SHARED : LISTEN_EXCLUSIVELY
      // The published types lack this form, which the library takes: host, port, options, callback.
      const listen = this.#app.listen.bind(this.#app) as unknown as ListenWithMode
      listen(plan.host, plan.port, mode, socket => {
        if (socket) resolve(uWS.us_socket_local_port(socket))
        else reject(new ArchlabError('LAB_PORT_UNAVAILABLE', `cannot listen on ${plan.host}:${plan.port}`))
      })
    })
  }

  /** From now on every reply closes its connection. */
  drain(): void {
    this.#draining = true
  }

  /** Closes listeners and connections at once. Idempotent; must have happened before the thread ends. */
  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#app.close()
  }

  #take(res: uWS.HttpResponse, req: uWS.HttpRequest): void {
    const arrivedAtMs = this.#options.clock.nowMs()
    const head = readHead(req)
    const exchange = new Exchange(res, this.#options, head.method === 'HEAD', this.#isDraining)
    if (head.fault !== null) {
      exchange.refuseLater(this.#malformed[head.fault], arrivedAtMs)
      return
    }
    if (this.#options.accessToken !== null && head.accessToken !== this.#options.accessToken) {
      exchange.refuse(this.#notALink, arrivedAtMs)
      return
    }
    const request = (body: Uint8Array | ''): Request =>
      new Request({
        method: head.method,
        path: head.path,
        query: head.query,
        headers: head.headers,
        body,
        client: clientAddress(res),
        deadlineMs: head.remainingMs === undefined ? Number.POSITIVE_INFINITY : arrivedAtMs + head.remainingMs,
        arrivedAtMs,
        traceparent: head.traceparent || (head.trace ? newTraceparent(this.#options.random) : ''),
        trace: head.trace,
        cancellation: exchange.cancellation,
      })
    if (!head.hasBody) exchange.run(request(''))
    else if (head.contentLength > this.#options.bodyLimitBytes) exchange.refuse(this.#tooLarge, arrivedAtMs)
    else this.#collect(res, exchange, arrivedAtMs, body => exchange.run(request(body)))
  }

  #collect(res: uWS.HttpResponse, exchange: Exchange, arrivedAtMs: number, done: (body: Uint8Array) => void): void {
    const chunks: Uint8Array[] = []
    let length = 0
    exchange.watchAbort()
    res.onData((chunk, isLast) => {
      if (exchange.finished) return
      length += chunk.byteLength
      if (length > this.#options.bodyLimitBytes) {
        exchange.refuse(this.#tooLarge, arrivedAtMs)
        return
      }
      if (chunk.byteLength > 0) chunks.push(new Uint8Array(chunk.slice(0)))
      if (isLast) done(chunks.length === 1 ? chunks[0]! : concatenate(chunks, length))
    })
  }
}

type ListenWithMode = (
  host: string,
  port: number,
  mode: number,
  listening: (socket: uWS.us_listen_socket | false) => void,
) => void

/** One request on the wire and its reply. */
class Exchange {
  readonly cancellation = new Cancellation()
  finished = false
  readonly #res: uWS.HttpResponse
  readonly #options: ServerOptions
  readonly #isHead: boolean
  readonly #isDraining: () => boolean
  #close = false
  #watching = false
  #started = false

  constructor(res: uWS.HttpResponse, options: ServerOptions, isHead: boolean, isDraining: () => boolean) {
    this.#res = res
    this.#options = options
    this.#isHead = isHead
    this.#isDraining = isDraining
  }

  /** uWebSockets.js wants to know, before its callback returns, what to do when the client leaves. */
  watchAbort(): void {
    if (this.#watching) return
    this.#watching = true
    this.#res.onAborted(() => {
      if (this.finished) return
      this.finished = true
      this.cancellation.cancel()
      if (!this.#started) this.#options.service.lost()
    })
  }

  run(request: Request): void {
    this.#started = true
    this.#options.service.run(request, reply => this.#finish(request, reply))
    if (!this.finished) this.watchAbort()
  }

  /** Answers without running the handler; the connection closes, since the rest of the body is not read. */
  refuse(reply: Reply, arrivedAtMs: number): void {
    this.#options.service.refused(reply.status, this.#options.clock.nowMs() - arrivedAtMs)
    this.#close = true
    this.#write(reply, '', undefined)
  }

  /**
   * The same, but not before everything that came with the message has been looked at: as long as it waits, uWebSockets.js
   * ends the connection when more follows, which might be part of the body that could not be told.
   */
  refuseLater(reply: Reply, arrivedAtMs: number): void {
    this.watchAbort()
    setImmediate(() => {
      if (!this.finished) this.refuse(reply, arrivedAtMs)
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

/** What is wrong with a head that uWebSockets.js lets pass: its framing is unclear, or its target cannot be handed on. */
type HeadFault = 'host' | 'length' | 'coding' | 'target'

interface Head {
  fault: HeadFault | null
  method: string
  path: string
  query: string
  headers: HeaderBlock
  hasBody: boolean
  contentLength: number
  traceparent: string
  trace: HopTrace | undefined
  remainingMs: number | undefined
  accessToken: string
}

/** Everything the lab needs of `req`, which is dead once the native callback has returned. */
function readHead(req: uWS.HttpRequest): Head {
  const head: Head = {
    fault: null,
    method: req.getCaseSensitiveMethod(),
    path: req.getUrl(),
    query: req.getQuery() ?? '',
    headers: '',
    hasBody: false,
    contentLength: 0,
    traceparent: '',
    trace: undefined,
    remainingMs: undefined,
    accessToken: '',
  }
  let connection = ''
  let hosts = 0
  let lengths = 0
  req.forEach((name, value) => {
    if (!DROPPED_REQUEST_FIELDS.has(name)) head.headers += `\n${name}: ${value}`
    else if (name === 'host') hosts += 1
    else if (name === 'connection') connection += `${value},`
    else if (name === 'content-length') {
      lengths += 1
      readLength(head, value, lengths)
    } else readTransportField(head, name, value)
  })
  if (hosts > 1) head.fault = 'host'
  // How octets that are not UTF-8 come out: whoever is called would be asked for something else.
  if (head.path.includes(REPLACEMENT) || head.query.includes(REPLACEMENT)) head.fault = 'target'
  if (connection !== '') {
    for (const name of connectionFields(connection)) head.headers = headerRemove(head.headers, name)
  }
  return head
}

const REPLACEMENT = '\ufffd'
const DIGITS = /^[0-9]+$/

/** A length that is repeated must be the same (RFC 9110 §8.6): two readers would see two different requests. */
function readLength(head: Head, value: string, occurrence: number): void {
  const length = DIGITS.test(value) ? Number(value) : Number.NaN
  if (Number.isNaN(length) || (occurrence > 1 && length !== head.contentLength)) head.fault = 'length'
  else {
    head.contentLength = length
    head.hasBody = length > 0
  }
}

function readTransportField(head: Head, name: string, value: string): void {
  if (name === 'transfer-encoding') {
    head.hasBody = true
    if (value.toLowerCase() !== 'chunked') head.fault = 'coding'
  } else if (name === 'traceparent') head.traceparent = isTraceparent(value) ? value : ''
  else if (name === TRACE_FIELD) head.trace = value === '1' ? { entries: [] } : undefined
  else if (name === ACCESS_FIELD) head.accessToken = value
  else if (name === DEADLINE_FIELD) {
    const remainingMs = Number(value)
    head.remainingMs = remainingMs >= 0 && remainingMs < 1e9 ? remainingMs : undefined
  }
}

const addressDecoder = new TextDecoder('latin1')
const ADDRESSES_MAX = 10_000
/** IPv4 addresses seen, by their four bytes as a number: making the text costs more than looking it up. */
const addresses = new Map<number, string>()

function clientAddress(res: uWS.HttpResponse): string {
  const address = res.getRemoteAddress()
  if (address.byteLength !== 4) return addressDecoder.decode(res.getRemoteAddressAsText())
  const key = new Uint32Array(address)[0]!
  let text = addresses.get(key)
  if (text === undefined) {
    text = new Uint8Array(address).join('.')
    if (addresses.size >= ADDRESSES_MAX) addresses.clear()
    addresses.set(key, text)
  }
  return text
}

function concatenate(chunks: readonly Uint8Array[], length: number): Uint8Array {
  const whole = new Uint8Array(length)
  let at = 0
  for (const chunk of chunks) {
    whole.set(chunk, at)
    at += chunk.byteLength
  }
  return whole
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
