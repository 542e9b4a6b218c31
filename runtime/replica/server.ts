import { ArchlabError, problem, type Random, type Reply, Request } from '../kit/index.ts'
import type { ListenPlan } from '../protocol.ts'
import { type AppUser, LentApp } from './app-pool.ts'
import { Exchange, type ExchangeOptions } from './exchange.ts'
import { type HeadFault, readHead } from './request-head.ts'
import { newTraceparent } from './traceparent.ts'
import {
  type HttpRequest,
  type HttpResponse,
  type us_listen_socket,
  us_listen_socket_close,
  us_socket_local_port,
} from './uws.ts'

export interface ServerOptions extends ExchangeOptions {
  random: Random
  bodyLimitBytes: number
  /** Whoever sends it is a link of this lab. */
  linkToken: string
  access: 'anyone' | 'links'
}

const LISTEN_EXCLUSIVELY = 1
const LISTEN_SHARED = 0

/**
 * The replica's HTTP server. It absorbs what uWebSockets.js asks for: everything is read from `req` before the callback
 * returns, nothing touches `res` after an abort or an end, later writes are corked, body chunks are copied, and no
 * exception leaves a native callback.
 */
export class Server implements AppUser {
  readonly #lent: LentApp
  readonly #options: ServerOptions
  readonly #tooLarge: Reply
  readonly #notALink: Reply
  readonly #malformed: Readonly<Record<HeadFault, Reply>>
  readonly #listening: us_listen_socket[] = []
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
    this.#lent = LentApp.lend(this)
  }

  /** Listens; resolves to the port. Rejects when the port is taken or may not be used. */
  listen(plan: ListenPlan): Promise<number> {
    return new Promise((resolve, reject) => {
      const mode = plan.shared ? LISTEN_SHARED : LISTEN_EXCLUSIVELY
      // The published types lack this form, which the library takes: host, port, options, callback.
      const listen = this.#lent.app.listen.bind(this.#lent.app) as unknown as ListenWithMode
      listen(plan.host, plan.port, mode, socket => {
        if (socket) {
          this.#listening.push(socket)
          resolve(us_socket_local_port(socket))
        } else reject(new ArchlabError('LAB_PORT_UNAVAILABLE', `cannot listen on ${plan.host}:${plan.port}`))
      })
    })
  }

  /** Takes no new connections. */
  stopListening(): void {
    if (!this.#closed) for (const socket of this.#listening.splice(0)) us_listen_socket_close(socket)
  }

  /** From now on every reply closes its connection. */
  drain(): void {
    this.#draining = true
  }

  /** Replies leave their connections open again. */
  undrain(): void {
    this.#draining = false
  }

  /** Closes listeners and connections at once. Idempotent; must have happened before the thread ends. */
  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#lent.close()
  }

  /** A request has come in. */
  take(res: HttpResponse, req: HttpRequest): void {
    const arrivedAtMs = this.#options.clock.nowMs()
    const head = readHead(req)
    const exchange = new Exchange(res, this.#options, head.method === 'HEAD', this.#isDraining)
    if (head.fault !== null) {
      exchange.refuseLater(this.#malformed[head.fault], arrivedAtMs)
      return
    }
    const byLink = head.linkToken !== '' && sameText(head.linkToken, this.#options.linkToken)
    if (!byLink && this.#options.access === 'links') {
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
        peer: exchange,
        // A stranger's deadline could make healthy replicas look slow, and get them ejected.
        deadlineMs:
          byLink && head.remainingMs !== undefined ? arrivedAtMs + head.remainingMs : Number.POSITIVE_INFINITY,
        arrivedAtMs,
        traceparent: head.traceparent || (head.trace ? newTraceparent(this.#options.random) : ''),
        trace: head.trace,
        cancellation: exchange.cancellation,
      })
    if (!head.hasBody) exchange.run(request(''))
    else if (head.contentLength > this.#options.bodyLimitBytes) exchange.refuse(this.#tooLarge, arrivedAtMs)
    else this.#collect(res, exchange, arrivedAtMs, body => exchange.run(request(body)))
  }

  #collect(res: HttpResponse, exchange: Exchange, arrivedAtMs: number, done: (body: Uint8Array) => void): void {
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
  listening: (socket: us_listen_socket | false) => void,
) => void

/** Compares a secret in a time that does not tell how much of it was right. */
function sameText(given: string, secret: string): boolean {
  let difference = given.length ^ secret.length
  for (let at = 0; at < secret.length; at++) difference |= given.charCodeAt(at) ^ secret.charCodeAt(at)
  return difference === 0
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
