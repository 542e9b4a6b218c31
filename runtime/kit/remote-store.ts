import type { CancellationListener } from './cancellation.ts'
import type { Clock } from './clock.ts'
import { Connector, type ConnectorOptions } from './connector.ts'
import { Deadlines, type Due } from './deadlines.ts'
import type { Context, Log, Meter } from './define.ts'
import type { Reply, Request } from './message.ts'
import type { Random } from './random.ts'

/** Operations that may be under way at once; more are refused, so that a slow server does not fill the memory. */
const UNDER_WAY_MAX = 10_000

/**
 * What an error of an operation means: `lost`, its connection has gone; `refused`, the server cannot do it now (overload,
 * starting up, read-only), but may later; `broken`, it can never do it.
 */
export type StoreTrouble = 'lost' | 'refused' | 'broken'

/** What a `RemoteStore` is given. */
export interface RemoteStoreOptions<Connection> extends Omit<ConnectorOptions<Connection>, 'attemptMs'> {
  /** How long an operation may take. */
  timeoutMs: number
  /** How long one attempt to connect may take; `timeoutMs` when absent. */
  attemptMs?: number
  judge(error: unknown): StoreTrouble
  /** An operation was lost, or had no answer within `timeoutMs`: the connection may be of no use any more. */
  suspect?(connection: Connection): void
}

/** What it needs of a module's context. */
export interface RemoteStoreContext {
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  readonly refuse: Context['refuse']
  /** 1 while there is a connection, else 0. */
  readonly connected: Meter
  /** Connections opened after the first one was lost, or could not be had. */
  readonly reconnects: Meter
  /** Operations that the store did not do. */
  readonly failures: Meter
}

/**
 * Operations on a server outside of the lab. Each ends with its outcome, or with a reply that says why there is none: no
 * connection (503), connection lost on the way (503), no answer in time (504), too many at once (503), refused by the server
 * (503), or an error (500). Nothing waits for a connection to come back. An operation whose caller leaves or whose deadline
 * passes is waited for no longer; whether the server has done it then is not known, nor is it with a lost connection.
 */
export class RemoteStore<Connection> {
  readonly #options: RemoteStoreOptions<Connection>
  readonly #context: RemoteStoreContext
  readonly #connector: Connector<Connection>
  readonly #deadlines: Deadlines
  readonly #replies: Replies
  #underWay = 0
  #told = ''

  constructor(options: RemoteStoreOptions<Connection>, context: RemoteStoreContext) {
    this.#options = options
    this.#context = context
    this.#connector = new Connector({ ...options, attemptMs: options.attemptMs ?? options.timeoutMs }, context)
    this.#deadlines = new Deadlines(context.clock)
    this.#replies = new Replies(context.refuse)
  }

  /** Connects. Resolves after the first attempt, also when that was in vain. */
  start(): Promise<void> {
    return this.#connector.start()
  }

  /** Gives up the connection, and everything that waits for it. */
  close(): void {
    this.#connector.close()
    this.#deadlines.close()
  }

  /** Operations sent and not yet answered, those that nobody waits for included. */
  get underWay(): number {
    return this.#underWay
  }

  /** The connection is of no use any more: a new one is opened. */
  lost(connection: Connection, reason: string): void {
    this.#connector.lost(connection, reason)
  }

  /** Runs `work`; a `Reply` says why there is no outcome. */
  run<Outcome>(request: Request, work: (connection: Connection) => Promise<Outcome>): Reply | Promise<Outcome | Reply> {
    const { connection } = this.#connector
    if (connection === undefined) {
      this.#context.failures.add()
      return this.#replies.away(this.#connector.retryAfterSeconds)
    }
    if (request.cancellation.cancelled) return this.#replies.gone
    if (this.#underWay >= UNDER_WAY_MAX) {
      this.#context.failures.add()
      return this.#replies.tooMany
    }
    return this.#begin(request, connection, work)
  }

  #begin<Outcome>(
    request: Request,
    connection: Connection,
    work: (connection: Connection) => Promise<Outcome>,
  ): Promise<Outcome | Reply> {
    const nowMs = this.#context.clock.nowMs()
    const limitMs = nowMs + this.#options.timeoutMs
    const operation = new Operation<Outcome>(request, {
      ended: (one: Due) => this.#deadlines.remove(one),
      expired: () => this.#late(connection, limitMs <= request.deadlineMs),
      gone: this.#replies.gone,
    })
    this.#underWay += 1
    work(connection).then(
      outcome => {
        this.#underWay -= 1
        this.#told = ''
        operation.end(outcome)
      },
      error => {
        this.#underWay -= 1
        // What nobody waits for any more has been counted.
        if (!operation.over) operation.end(this.#trouble(connection, error))
      },
    )
    request.cancellation.attach(operation)
    if (!operation.over) this.#deadlines.add(operation, Math.min(limitMs, request.deadlineMs), nowMs)
    return operation.outcome
  }

  #late(connection: Connection, ownLimit: boolean): Reply {
    // A caller in a hurry says nothing about the store.
    if (ownLimit) {
      this.#context.failures.add()
      this.#options.suspect?.(connection)
    }
    return this.#replies.late
  }

  #trouble(connection: Connection, error: unknown): Reply {
    this.#context.failures.add()
    const trouble = this.#options.judge(error)
    if (trouble === 'lost') {
      this.#options.suspect?.(connection)
      return this.#replies.lost
    }
    // Once per trouble, not once per request.
    const reason = this.#options.reason(error)
    if (this.#told !== reason) this.#context.log.error('store-error', { reason })
    this.#told = reason
    return trouble === 'refused' ? this.#replies.refused : this.#replies.broken
  }
}

interface OperationEvents {
  ended(operation: Due): void
  /** The reply to a caller whose time is over. */
  expired(): Reply
  readonly gone: Reply
}

/** One operation: promise, place among the deadlines, and listener of the cancellation in one object. */
class Operation<Outcome> implements Due, CancellationListener {
  readonly outcome: Promise<Outcome | Reply>
  dueMs = 0
  place = -1
  /** Nobody waits for it any more. */
  over = false
  readonly #request: Request
  readonly #events: OperationEvents
  #resolve!: (outcome: Outcome | Reply) => void

  constructor(request: Request, events: OperationEvents) {
    this.#request = request
    this.#events = events
    this.outcome = new Promise(resolve => {
      this.#resolve = resolve
    })
  }

  end(outcome: Outcome | Reply): void {
    if (this.over) return
    this.over = true
    this.#request.cancellation.detach(this)
    this.#events.ended(this)
    this.#resolve(outcome)
  }

  expire(): void {
    this.end(this.#events.expired())
  }

  cancelled(): void {
    this.end(this.#events.gone)
  }
}

/** The replies of a store that does not do what it is asked for, prepared once. They tell nothing of where it is. */
class Replies {
  readonly late: Reply
  readonly lost: Reply
  readonly gone: Reply
  readonly tooMany: Reply
  readonly refused: Reply
  readonly broken: Reply
  readonly #refuse: Context['refuse']
  readonly #away = new Map<number, Reply>()

  constructor(refuse: Context['refuse']) {
    this.#refuse = refuse
    const headers = { 'retry-after': '1' }
    this.late = refuse(504, 'connection_read_timeout', 'store', { detail: 'The store did not answer in time.' })
    this.lost = refuse(503, 'connection_terminated', 'store', {
      detail: 'The connection to the store was lost; whether it has done this is not known.',
      headers,
    })
    this.gone = refuse(503, 'connection_terminated', 'store', { detail: 'The caller has gone.' })
    this.tooMany = refuse(503, 'connection_limit_reached', 'store', {
      detail: `More than ${UNDER_WAY_MAX} operations wait for the store.`,
      headers,
    })
    this.refused = refuse(503, 'destination_unavailable', 'store', { detail: 'The store refuses it for now.', headers })
    this.broken = refuse(500, 'proxy_internal_error', 'store', { detail: 'The store cannot do this.' })
  }

  /** There is no connection. */
  away(retryAfterSeconds: number): Reply {
    let reply = this.#away.get(retryAfterSeconds)
    if (!reply) {
      reply = this.#refuse(503, 'destination_unavailable', 'store', {
        detail: 'The store cannot be reached.',
        headers: { 'retry-after': String(retryAfterSeconds) },
      })
      this.#away.set(retryAfterSeconds, reply)
    }
    return reply
  }
}
