import { Cancellation } from './cancellation.ts'
import { type HeaderBlock, headerGet } from './headers.ts'

/** A message body: text (sent as UTF-8) or bytes. The empty string is "no body". */
export type Body = string | Uint8Array

/** The one idea: everything that answers is a function from request to reply. */
export type Handler = (request: Request) => Reply | Promise<Reply>

/** A tactic at work: a function from handler to handler. */
export type Wrap = (next: Handler) => Handler

/** Timings of the hops behind a replica, in the order in which they answered. */
export interface HopTrace {
  /** `Server-Timing` entries, e.g. `cache-0;desc="cache/0";dur=0.21`. */
  readonly entries: string[]
}

/** Who sent a request. The address is asked for only when somebody wants it: to find it out costs a system call. */
export interface Peer {
  readonly address: string
}

const NOBODY: Peer = { address: '' }

/** What a `Request` is made from; only `method` and `path` are needed. */
export interface RequestFields {
  method: string
  path: string
  query?: string
  headers?: HeaderBlock
  body?: Body
  /** Address of the peer; or the peer itself, which comes first. */
  client?: string
  peer?: Peer
  deadlineMs?: number
  arrivedAtMs?: number
  traceparent?: string
  trace?: HopTrace | undefined
  tried?: string[] | undefined
  affinity?: string
  cancellation?: Cancellation
}

/** A request as every component and tactic sees it, whichever transport brought it. Treat it as immutable. */
export class Request {
  readonly method: string
  /** Path as on the wire, percent-encoded, without the query. */
  readonly path: string
  /** Query as on the wire, without `?`; empty when there is none. */
  readonly query: string
  /** End-to-end fields, lower case; hop-by-hop fields and Host never get here (RFC 9110 §7.6.1). */
  readonly headers: HeaderBlock
  readonly body: Body
  readonly peer: Peer
  /** When the caller stops waiting, on the lab's clock; Infinity when nobody said. */
  readonly deadlineMs: number
  /** When it arrived at this replica, on the lab's clock. Tactics use it as "now". */
  readonly arrivedAtMs: number
  /** W3C trace context of the caller; empty when there is none. */
  readonly traceparent: string
  /** Collects `Server-Timing` entries when the client asked for a hop trace (`x-archlab-trace: 1`). */
  readonly trace: HopTrace | undefined
  /**
   * Names of replicas already asked on behalf of this request, shared by its attempts: a link adds the one it picks, and
   * prefers others. `undefined` unless a tactic makes several attempts.
   */
  readonly tried: string[] | undefined
  /** Name of the replica that a link should pick, where it can be called; empty when its policy decides. */
  readonly affinity: string
  readonly cancellation: Cancellation

  constructor(fields: RequestFields) {
    this.method = fields.method
    this.path = fields.path
    this.query = fields.query ?? ''
    this.headers = fields.headers ?? ''
    this.body = fields.body ?? ''
    this.peer = fields.peer ?? (fields.client === undefined ? NOBODY : { address: fields.client })
    this.deadlineMs = fields.deadlineMs ?? Number.POSITIVE_INFINITY
    this.arrivedAtMs = fields.arrivedAtMs ?? 0
    this.traceparent = fields.traceparent ?? ''
    this.trace = fields.trace
    this.tried = fields.tried
    this.affinity = fields.affinity ?? ''
    this.cancellation = fields.cancellation ?? new Cancellation()
  }

  /** Address of the peer that sent it. */
  get client(): string {
    return this.peer.address
  }

  /** First value of a header (lower-case name), or `undefined`. */
  header(name: string): string | undefined {
    return headerGet(this.headers, name)
  }

  /** A copy with some fields replaced; deadline, trace and cancellation travel along. */
  with(change: Partial<RequestFields>): Request {
    const copy = new Request(this) as { -readonly [Field in keyof Request]: Request[Field] }
    if (change.method !== undefined) copy.method = change.method
    if (change.path !== undefined) copy.path = change.path
    if (change.query !== undefined) copy.query = change.query
    if (change.headers !== undefined) copy.headers = change.headers
    if (change.body !== undefined) copy.body = change.body
    if (change.peer !== undefined) copy.peer = change.peer
    else if (change.client !== undefined) copy.peer = { address: change.client }
    if (change.deadlineMs !== undefined) copy.deadlineMs = change.deadlineMs
    if (change.arrivedAtMs !== undefined) copy.arrivedAtMs = change.arrivedAtMs
    if (change.traceparent !== undefined) copy.traceparent = change.traceparent
    if (change.trace !== undefined) copy.trace = change.trace
    if (change.tried !== undefined) copy.tried = change.tried
    if (change.affinity !== undefined) copy.affinity = change.affinity
    if (change.cancellation !== undefined) copy.cancellation = change.cancellation
    return copy as Request
  }

  /** A new request made on behalf of this one: same deadline, trace and cancellation, nothing else. */
  derive(method: string, path: string, headers: HeaderBlock = '', body: Body = ''): Request {
    return this.with({ method, path, query: '', headers, body })
  }
}

/** A reply. Treat it as immutable: prepared replies are shared between requests. */
export class Reply {
  readonly status: number
  readonly headers: HeaderBlock
  readonly body: Body
  /** Name of the replica that answered; the runtime fills it in. */
  readonly replica: string
  /** `Server-Timing` entries of the hops behind; empty unless the request is traced. */
  readonly timing: string

  constructor(status: number, headers: HeaderBlock = '', body: Body = '', replica = '', timing = '') {
    this.status = status
    this.headers = headers
    this.body = body
    this.replica = replica
    this.timing = timing
  }

  /** First value of a header (lower-case name), or `undefined`. */
  header(name: string): string | undefined {
    return headerGet(this.headers, name)
  }

  /** A copy with some fields replaced. */
  with(change: { status?: number; headers?: HeaderBlock; body?: Body }): Reply {
    return new Reply(
      change.status ?? this.status,
      change.headers ?? this.headers,
      change.body ?? this.body,
      this.replica,
      this.timing,
    )
  }
}

/** Folds tactics around a handler; the first listed is the outermost. */
export function compose(wraps: readonly Wrap[], core: Handler): Handler {
  return wraps.reduceRight<Handler>((next, wrap) => wrap(next), core)
}

/** Applies `observe` to a reply that may still be under way, without making a synchronous one wait. */
export function whenReplied(
  outcome: Reply | Promise<Reply>,
  observe: (reply: Reply) => Reply | Promise<Reply>,
): Reply | Promise<Reply> {
  return outcome instanceof Promise ? outcome.then(observe) : observe(outcome)
}
