import { ArchlabError, type Random, Request } from '../kit/index.ts'
import type { Refusal, Traffic } from '../meters/index.ts'
import type { ListenPlan } from '../protocol.ts'
import type { ListenerLimits } from '../topology/topology.ts'
import { type AppUser, LentApp } from './app-pool.ts'
import { Bodies } from './bodies.ts'
import { type ConnectionOptions, Connections } from './connections.ts'
import { Exchange, type ExchangeOptions } from './exchange.ts'
import { refusalReplies } from './refusals.ts'
import { type RequestHead, readHead } from './request-head.ts'
import { newTraceparent } from './traceparent.ts'
import {
  type HttpRequest,
  type HttpResponse,
  type us_listen_socket,
  us_listen_socket_close,
  us_socket_local_port,
} from './uws.ts'

export interface ServerOptions extends Omit<ExchangeOptions, 'refusals'> {
  random: Random
  traffic: Traffic
  bodyLimitBytes: number
  limits: ListenerLimits
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
  #options: ServerOptions & ExchangeOptions
  #bodies: Bodies
  /** By former options, as long as there are some under way. */
  #formerBodies: readonly Bodies[] = []
  readonly #connections: Connections
  readonly #listening = new Map<string, us_listen_socket>()
  #draining = false
  #closed = false
  readonly #isDraining = (): boolean => this.#draining

  constructor(options: ServerOptions) {
    this.#options = withRefusals(options)
    this.#bodies = bodiesBy(options)
    this.#connections = new Connections(connectionOptions(this.#options))
    this.#lent = LentApp.lend(this)
  }

  /** Serves by other options from now on; requests under way end by the former ones. */
  become(options: ServerOptions): void {
    this.#options = withRefusals(options)
    this.#formerBodies = [this.#bodies, ...this.#formerBodies].filter(({ size }) => size > 0)
    this.#bodies = bodiesBy(options)
    this.#connections.become(connectionOptions(this.#options))
  }

  /** Listens, unless it does already; resolves to the port. Rejects when the port is taken or may not be used. */
  listen(plan: ListenPlan): Promise<number> {
    const known = this.#listening.get(placeOf(plan))
    if (known) return Promise.resolve(us_socket_local_port(known))
    return new Promise((resolve, reject) => {
      const mode = plan.shared ? LISTEN_SHARED : LISTEN_EXCLUSIVELY
      // The published types lack this form, which the library takes: host, port, options, callback.
      const listen = this.#lent.app.listen.bind(this.#lent.app) as unknown as ListenWithMode
      listen(plan.host, plan.port, mode, socket => {
        if (socket) {
          this.#listening.set(placeOf(plan), socket)
          resolve(us_socket_local_port(socket))
        } else reject(new ArchlabError('LAB_PORT_UNAVAILABLE', `cannot listen on ${plan.host}:${plan.port}`))
      })
    })
  }

  /** Takes no new connections, but where `kept` says. */
  stopListening(kept: readonly ListenPlan[] = []): void {
    const places = new Set(kept.map(placeOf))
    for (const [place, socket] of [...this.#listening]) {
      if (this.#closed || places.has(place)) continue
      this.#listening.delete(place)
      us_listen_socket_close(socket)
    }
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
    for (const bodies of [this.#bodies, ...this.#formerBodies]) bodies.close()
    this.#connections.close()
    this.#lent.close()
  }

  /** A client has connected, or gone. */
  connection(res: HttpResponse, isOpen: boolean): void {
    if (isOpen) this.#connections.opened(res)
    else this.#connections.gone()
  }

  /** A request has come in. */
  take(res: HttpResponse, req: HttpRequest): void {
    const arrivedAtMs = this.#options.clock.nowMs()
    const head = readHead(req)
    const exchange = new Exchange(res, this.#options, head.method === 'HEAD', this.#isDraining)
    if (head.fault !== null) {
      exchange.refuse(head.fault, arrivedAtMs)
      return
    }
    const byLink = head.linkToken !== '' && sameText(head.linkToken, this.#options.linkToken)
    const refusal = byLink ? null : this.#refusalOf(head)
    if (refusal !== null) {
      exchange.refuse(refusal, arrivedAtMs)
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
    else if (head.contentLength > this.#options.bodyLimitBytes) exchange.refuse('body-limit', arrivedAtMs)
    else if (head.isChunked) this.#collectChunks(res, exchange, arrivedAtMs, body => exchange.run(request(body)))
    else this.#bodies.collect(res, exchange, arrivedAtMs, body => exchange.run(request(body)))
  }

  /**
   * The library does not look at what stands between chunks, and takes a trailer for the next request. So nothing that follows a
   * body in chunks is a request: what came with it ends the connection while this one waits, and the reply does so otherwise.
   */
  #collectChunks(res: HttpResponse, exchange: Exchange, arrivedAtMs: number, done: (body: Uint8Array) => void): void {
    exchange.closeAfterwards()
    this.#bodies.collect(res, exchange, arrivedAtMs, body =>
      setImmediate(() => {
        if (!exchange.finished) done(body)
      }),
    )
  }

  /** Why the head of a request that no link has sent is not accepted; `null` when it is. */
  #refusalOf(head: RequestHead): Refusal | null {
    const { access, limits } = this.#options
    if (access === 'links') return 'access'
    if (head.path.length + head.query.length > limits.urlBytes) return 'url-limit'
    return head.headerBytes > limits.headerBytes ? 'header-limit' : null
  }
}

const placeOf = ({ host, port, shared }: ListenPlan): string => `${host} ${port} ${shared}`

const withRefusals = (options: ServerOptions): ServerOptions & ExchangeOptions => ({
  ...options,
  refusals: refusalReplies(options.replica, options.bodyLimitBytes, options.limits),
})

const bodiesBy = ({ clock, bodyLimitBytes, limits }: ServerOptions): Bodies =>
  new Bodies(clock, bodyLimitBytes, limits.bodyTimeoutMs)

function connectionOptions(options: ServerOptions & ExchangeOptions): ConnectionOptions {
  const { replica, clock, limits, traffic, service, refusals } = options
  const tooMany = refusals['connection-limit']
  const refused = (): void => {
    service.refuse('connection-limit')
    service.refused(tooMany.status, 0)
  }
  return { replica, clock, limit: limits.connections, tooMany, traffic, refused }
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
