import type { Server, ServerOptions } from 'node:http'
import type { Socket } from 'node:net'

/** What the control API takes from whoever reaches its port. */
export interface ControlLimits {
  /** Connections at once; another one is closed. */
  readonly connections: number
  /** All of a request's head. */
  readonly headerBytes: number
  readonly urlBytes: number
  readonly bodyBytes: number
  /** From the connection, or the first byte of a further request, to the end of the head. */
  readonly headTimeoutMs: number
  /** The same to the end of the body. */
  readonly requestTimeoutMs: number
  /** Between two requests. */
  readonly idleTimeoutMs: number
}

/** A topology file with room to spare, and all that a person, a script and a dashboard do at once. */
export const CONTROL_LIMITS: ControlLimits = {
  connections: 256,
  headerBytes: 16 * 1024,
  urlBytes: 8 * 1024,
  bodyBytes: 2 * 1024 * 1024,
  headTimeoutMs: 10_000,
  requestTimeoutMs: 30_000,
  idleTimeoutMs: 10_000,
}

/** How often Node looks for requests that take too long, at most. */
const CHECK_MS = 1000

/** Why the control API refuses by itself. */
export type ControlRefusal =
  | 'body-limit'
  | 'connection-limit'
  | 'foreign'
  | 'header-limit'
  | 'malformed'
  | 'timeout'
  | 'token'
  | 'url-limit'

/** Counts what was refused, by reason. */
export class RefusalCounts {
  readonly #counts = new Map<ControlRefusal, number>()

  add(reason: ControlRefusal): void {
    this.#counts.set(reason, (this.#counts.get(reason) ?? 0) + 1)
  }

  /** In the Prometheus text format. */
  metricsText(): string {
    const name = 'archlab_control_refused_total'
    const samples = [...this.#counts].map(([reason, count]) => `${name}{reason="${reason}"} ${count}`)
    const help = `# HELP ${name} What the control API refused, by reason.`
    return `${[help, `# TYPE ${name} counter`, ...samples].join('\n')}\n`
  }
}

/** The options of a server that holds to the limits; `limitServer` does the rest. */
export function serverOptions(limits: ControlLimits): ServerOptions {
  return {
    maxHeaderSize: limits.headerBytes,
    headersTimeout: limits.headTimeoutMs,
    requestTimeout: limits.requestTimeoutMs,
    keepAliveTimeout: limits.idleTimeoutMs,
    connectionsCheckingInterval: Math.min(CHECK_MS, limits.headTimeoutMs / 2),
  }
}

/** Answers and counts what Node refuses before there is a request. */
export function limitServer(server: Server, limits: ControlLimits, counts: RefusalCounts): void {
  server.maxConnections = limits.connections
  server.on('drop', () => counts.add('connection-limit'))
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    // The client has gone, or has been answered.
    if (error.code === 'ECONNRESET' || !socket.writable) {
      socket.destroy()
      return
    }
    const [reason, status] = REFUSED_BY_NODE[error.code ?? ''] ?? (['malformed', '400 Bad Request'] as const)
    counts.add(reason)
    socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`)
  })
}

const REFUSED_BY_NODE: Readonly<Record<string, readonly [ControlRefusal, string]>> = {
  HPE_HEADER_OVERFLOW: ['header-limit', '431 Request Header Fields Too Large'],
  ERR_HTTP_REQUEST_TIMEOUT: ['timeout', '408 Request Timeout'],
}
