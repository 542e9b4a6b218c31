import { bodyLength, headerEach, type ProxyError, problem, type Random, Reply, type Request } from '../../kit/index.ts'
import type { TargetPlan } from '../../protocol.ts'
import { nextTraceparent } from '../traceparent.ts'
import { DEADLINE_FIELD, LINK_FIELD, TRACE_FIELD } from '../wire-fields.ts'
import { HttpConnection, type WireCall } from './http-connection.ts'
import { ReplyError, toOctets, type WireReply } from './reply-parser.ts'
import { PendingCall, type Target } from './target.ts'

/** Connections to one target; further calls wait for a free one. */
const CONNECTIONS_MAX = 256
/** Calls that may wait for a connection; beyond it the caller is told at once (503). */
const WAITING_MAX = 100_000
/** Below the server's idle limit of 10 s, so that a kept connection is rarely used while it is being closed. */
const IDLE_MS_MAX = 5_000
/** Methods that may be sent again when a kept connection turns out to be closed (RFC 9110 §9.2.2). */
const IDEMPOTENT: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE'])

export interface HttpTargetOptions {
  self: string
  random: Random
  nowMs: () => number
  /** `http://host:port`. */
  origin: string
}

/** A replica reached over TCP: HTTP/1.1 with keep-alive, one call at a time per connection. */
export class HttpTarget implements Target {
  readonly replica: string
  readonly component: string
  readonly address: string | null
  inFlight = 0
  /** Nothing is sent any more, or again. */
  isClosed = false
  readonly #plan: TargetPlan
  readonly #options: HttpTargetOptions
  readonly #host: string
  readonly #peer: { host: string; port: number }
  readonly #idle: HttpConnection[] = []
  readonly #all = new Set<HttpConnection>()
  readonly #waiting = new Set<HttpCall>()

  constructor(plan: TargetPlan, options: HttpTargetOptions) {
    this.replica = plan.replica
    this.component = plan.component
    this.address = plan.address
    this.#plan = plan
    this.#options = options
    const url = new URL(options.origin)
    this.#host = url.host
    this.#peer = { host: url.hostname.replace(/^\[|\]$/g, ''), port: Number(url.port) }
  }

  send(request: Request): PendingCall {
    const call = new HttpCall(this, request, this.#head(request))
    if (this.#waiting.size >= WAITING_MAX)
      call.settle(this.trouble(503, 'connection_limit_reached', 'too many calls wait'))
    else this.#place(call)
    return call
  }

  close(): void {
    this.isClosed = true
    const waiting = [...this.#waiting]
    this.#waiting.clear()
    for (const connection of [...this.#all]) connection.fail()
    for (const call of waiting) call.settle(this.trouble(502, 'connection_terminated', 'the replica went away'))
  }

  /** Sends a call again, on a connection of its own. */
  again(call: HttpCall): void {
    call.connection = this.#connect()
    call.connection.send(call)
  }

  /** The call is no longer wanted: it leaves the queue, or takes its connection with it. */
  drop(call: HttpCall): void {
    this.#waiting.delete(call)
    call.connection?.destroy()
  }

  trouble(status: number, error: ProxyError, details: string): Reply {
    return problem(status, {
      detail: `The call to ${this.component} did not complete.`,
      proxyStatus: { replica: this.#options.self, error, details: `${this.replica}: ${details}` },
    })
  }

  #place(call: HttpCall): void {
    const connection = this.#takeIdle() ?? (this.#all.size < CONNECTIONS_MAX ? this.#connect() : undefined)
    if (!connection) {
      this.#waiting.add(call)
      return
    }
    call.connection = connection
    connection.send(call)
  }

  /** The connection used last, so that surplus ones grow old and go. */
  #takeIdle(): HttpConnection | undefined {
    const oldestMs = this.#options.nowMs() - IDLE_MS_MAX
    const connection = this.#idle.pop()
    if (!connection || connection.idleSinceMs >= oldestMs) return connection
    // The one used last is too old, so all are.
    connection.destroy()
    for (const old of this.#idle.splice(0)) old.destroy()
    return undefined
  }

  #connect(): HttpConnection {
    const connection = new HttpConnection(this.#peer, {
      idle: one => this.#free(one),
      gone: one => this.#gone(one),
    })
    this.#all.add(connection)
    return connection
  }

  #free(connection: HttpConnection): void {
    const [next] = this.#waiting
    if (next) {
      this.#waiting.delete(next)
      next.connection = connection
      connection.send(next)
      return
    }
    connection.idleSinceMs = this.#options.nowMs()
    this.#idle.push(connection)
  }

  #gone(connection: HttpConnection): void {
    this.#all.delete(connection)
    const at = this.#idle.indexOf(connection)
    if (at >= 0) this.#idle.splice(at, 1)
    const [next] = this.#waiting
    if (next) {
      this.#waiting.delete(next)
      this.#place(next)
    }
  }

  #head(request: Request): string {
    const target = request.query === '' ? request.path : `${request.path}?${request.query}`
    // As octets: cut to its low byte, a character such as U+010A would be a line break and end the request line.
    let head = `${toOctets(`${request.method} ${target}`)} HTTP/1.1\r\nhost: ${this.#host}`
    if (request.headers !== '') {
      headerEach(request.headers, (name, value) => {
        head += `\r\n${name}: ${toOctets(value)}`
      })
    }
    if (request.body !== '' || request.method === 'POST' || request.method === 'PUT' || request.method === 'PATCH') {
      head += `\r\ncontent-length: ${bodyLength(request.body)}`
    }
    const hasDeadline = request.deadlineMs !== Number.POSITIVE_INFINITY
    if (hasDeadline) {
      head += `\r\n${DEADLINE_FIELD}: ${Math.max(0, request.deadlineMs - this.#options.nowMs()).toFixed(1)}`
    }
    if (request.traceparent !== '')
      head += `\r\ntraceparent: ${nextTraceparent(request.traceparent, this.#options.random)}`
    if (request.trace) head += `\r\n${TRACE_FIELD}: 1`
    const { access, headLimitBytes } = this.#plan
    if (hasDeadline || access === 'links' || head.length > headLimitBytes)
      head += `\r\n${LINK_FIELD}: ${this.#plan.linkToken}`
    return `${head}\r\n\r\n`
  }
}

class HttpCall extends PendingCall implements WireCall {
  readonly head: string
  readonly body: string | Uint8Array
  readonly isHead: boolean
  connection: HttpConnection | undefined = undefined
  readonly #http: HttpTarget
  readonly #mayRepeat: boolean

  constructor(http: HttpTarget, request: Request, head: string) {
    super()
    this.#http = http
    this.head = head
    this.body = request.body
    this.isHead = request.method === 'HEAD'
    this.#mayRepeat = IDEMPOTENT.has(request.method)
  }

  protected abandon(): void {
    this.#http.drop(this)
  }

  replied(reply: WireReply): void {
    this.connection = undefined
    this.settle(new Reply(reply.status, reply.headers, reply.body, reply.replica, reply.timing))
  }

  failed(error: NodeJS.ErrnoException | ReplyError, answering: boolean): void {
    const target = this.#http
    if (error instanceof ReplyError) {
      this.settle(target.trouble(502, answering ? 'http_protocol_error' : 'http_response_incomplete', error.message))
    } else if (answering) this.settle(target.trouble(502, 'http_response_incomplete', 'the reply broke off'))
    else if (error.code === 'ECONNREFUSED') this.settle(target.trouble(502, 'connection_refused', 'connection refused'))
    else if (target.isClosed) this.settle(target.trouble(502, 'connection_terminated', 'the replica went away'))
    // Closed while idle: nobody has seen the request.
    else if (this.#mayRepeat && (this.connection?.served ?? 0) > 0) target.again(this)
    else this.settle(target.trouble(502, 'connection_terminated', error.code ?? 'connection lost'))
  }
}
