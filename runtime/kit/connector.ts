import { Cancellation } from './cancellation.ts'
import type { Clock } from './clock.ts'
import type { Log, Meter } from './define.ts'
import type { Random } from './random.ts'

/** Longest wait before the first new attempt; it doubles with every attempt in vain. */
const FIRST_DELAY_MS = 100
const LAST_DELAY_MS = 5000

/** What a connector is given. */
export interface ConnectorOptions<Connection> {
  /**
   * Opens a connection that is ready for use. Rejects when that cannot be. `cancellation` says that nobody waits any
   * more: because `attemptMs` are over, or because the connector is closed.
   */
  open(cancellation: Cancellation): Promise<Connection>
  /** Gives a connection up at once, whatever it was doing. */
  discard(connection: Connection): void
  /**
   * What may be said of an error: a code or the name of a class. Never its text, in which drivers quote addresses and
   * passwords.
   */
  reason(error: unknown): string
  /** How long one attempt may take. */
  attemptMs: number
}

/** What it needs of a module's context. */
export interface ConnectorContext {
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  /** 1 while there is a connection, else 0. */
  readonly connected: Meter
  /** Connections opened after the first one was lost, or could not be had. */
  readonly reconnects: Meter
}

/**
 * Keeps one connection to a server outside of the lab. When there is none it tries again and again, with a wait that doubles
 * from 100 ms to 5 s, of which a random part of up to a half is left out, so that replicas do not come back all at once. A
 * connection that breaks soon does not begin that anew. Losing the connection and having it again are one log line each.
 */
export class Connector<Connection> {
  readonly #options: ConnectorOptions<Connection>
  readonly #context: ConnectorContext
  #connection: Connection | undefined = undefined
  #openedAtMs = 0
  /** Attempts in a row that did not lead to a connection that lasted. */
  #failures = 0
  #nextAtMs = 0
  #lostAtMs: number | undefined = undefined
  #attempt: Cancellation | undefined = undefined
  #callOff: (() => void) | undefined = undefined
  #closed = false

  constructor(options: ConnectorOptions<Connection>, context: ConnectorContext) {
    this.#options = options
    this.#context = context
    context.connected.set(0)
  }

  /** The connection; `undefined` while there is none. */
  get connection(): Connection | undefined {
    return this.#connection
  }

  /** Whole seconds after which asking again may help; at least 1. */
  get retryAfterSeconds(): number {
    return Math.max(1, Math.ceil((this.#nextAtMs - this.#context.clock.nowMs()) / 1000))
  }

  /** Begins. Resolves after the first attempt, also when that was in vain. */
  start(): Promise<void> {
    return this.#try()
  }

  /** The connection is of no use any more. One that has been replaced is left alone. */
  lost(connection: Connection, reason: string): void {
    if (this.#connection !== connection) return
    const { clock, connected } = this.#context
    this.#connection = undefined
    connected.set(0)
    if (clock.nowMs() - this.#openedAtMs >= LAST_DELAY_MS) this.#failures = 0
    this.#options.discard(connection)
    this.#failed(reason)
  }

  /** Gives everything up; nothing is opened any more. */
  close(): void {
    this.#closed = true
    this.#callOff?.()
    this.#attempt?.cancel()
    const connection = this.#connection
    this.#connection = undefined
    this.#context.connected.set(0)
    if (connection !== undefined) this.#options.discard(connection)
  }

  async #try(): Promise<void> {
    const attempt = new Cancellation()
    this.#attempt = attempt
    const callOff = this.#context.clock.after(this.#options.attemptMs, () => attempt.cancel())
    try {
      const opened = await abandonable(this.#options.open(attempt), attempt, late => this.#options.discard(late))
      if (!this.#closed) this.#opened(opened)
      else this.#options.discard(opened)
    } catch (error) {
      if (!this.#closed) this.#failed(error instanceof Abandoned ? 'timeout' : this.#options.reason(error))
    } finally {
      callOff()
      this.#attempt = undefined
    }
  }

  #opened(connection: Connection): void {
    const { clock, log, connected, reconnects } = this.#context
    this.#connection = connection
    this.#openedAtMs = clock.nowMs()
    connected.set(1)
    if (this.#lostAtMs === undefined) return
    reconnects.add()
    log.info('store-connected', { away_ms: Math.round(this.#openedAtMs - this.#lostAtMs) })
    this.#lostAtMs = undefined
  }

  #failed(reason: string): void {
    const { clock, log, random } = this.#context
    const nowMs = clock.nowMs()
    if (this.#lostAtMs === undefined) {
      this.#lostAtMs = nowMs
      log.warn('store-unreachable', { reason })
    }
    const longestMs = Math.min(LAST_DELAY_MS, FIRST_DELAY_MS * 2 ** Math.min(this.#failures, 16))
    const delayMs = longestMs * (1 - random.next() / 2)
    this.#failures += 1
    this.#nextAtMs = nowMs + delayMs
    this.#callOff = clock.after(delayMs, () => void this.#try())
  }
}

/** Nobody waits for an attempt any more. */
class Abandoned extends Error {}

/** The connection, unless it is cancelled before; one that comes afterwards goes to `discard`. */
function abandonable<Connection>(
  opening: Promise<Connection>,
  cancellation: Cancellation,
  discard: (connection: Connection) => void,
): Promise<Connection> {
  return new Promise((resolve, reject) => {
    const unsubscribe = cancellation.onCancel(() => {
      reject(new Abandoned('nobody waits any more'))
      opening.then(discard, () => {})
    })
    opening.then(
      connection => {
        unsubscribe()
        resolve(connection)
      },
      error => {
        unsubscribe()
        reject(error)
      },
    )
  })
}

/** What may be said of a driver's error: its code, if that looks like one, or its class. Never its text. */
export function errorCode(error: unknown): string {
  const { code } = Object(error) as { code?: unknown }
  if (typeof code === 'string' && /^[A-Z0-9_]{2,40}$/.test(code)) return code
  const name = error instanceof Error ? error.constructor.name : typeof error
  return /^\w{1,60}$/.test(name) ? name : 'Error'
}
