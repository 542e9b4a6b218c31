import {
  compileStatuses,
  defineTactic,
  duration,
  type Handler,
  integer,
  type Link,
  link,
  type Reply,
  type Request,
  statusList,
  type TacticContext,
  text,
} from '@archlab/runtime/kit'
import { KEY_PATTERN, OwnWrites, requestKey } from './own-writes.ts'

const settings = {
  to: link({ doc: 'A component with a copy of the data, or several: database components with replica-of.' }),
  'max-staleness': duration({
    optional: true,
    doc: 'How old an answer of the copy may be, by what it says itself; an older one is asked for anew behind this tactic.',
  }),
  'read-your-writes': duration({
    optional: true,
    doc: 'How long after its write a client reads what is behind this tactic; longer than the copy lags.',
  }),
  key: text({
    default: 'header:authorization',
    pattern: KEY_PATTERN,
    doc: 'Whose write it is: ip, path (whoever reads what was written), or header:NAME.',
  }),
  'max-keys': integer({
    min: 1,
    max: 1_000_000,
    unit: 'keys',
    default: 10_000,
    doc: 'Writers remembered for read-your-writes; when there are more, others too read what is behind this tactic.',
  }),
  on: statusList({ default: ['5xx', 429], doc: 'Replies of the copy in whose place the original is asked.' }),
} as const

const counters = {
  replica: 'Reads answered by the copy.',
  primary: 'Requests for the original: all that are no reads, and reads soon after a write of their own.',
  replica_failed: 'Reads answered by the original because the copy failed.',
  too_stale: 'Reads answered by the original because the copy was too old.',
  own_writes: 'Reads for the original because of a write of their own.',
  keys_dropped: 'Writers forgotten too early because the table was full.',
} as const
const gauges = { staleness_ms: 'How old the latest answer of the copy was at most, in milliseconds.' } as const

/** What the copy says of its answers. */
const STALENESS = 'x-archlab-staleness-ms'

/** Reads from a copy, writes to the original. */
export default defineTactic({
  name: 'read-replica',
  summary: 'Sends reads to a copy of the data, and everything else to the original.',
  about:
    'GET and HEAD go to the component that to names, through a link of its own; all other methods go on to what is behind ' +
    'this tactic, the original. When the copy fails, or says in x-archlab-staleness-ms that it is older than max-staleness ' +
    '(or does not say how old), the original is asked. With read-your-writes a client does not miss what it has just ' +
    'written: after any request of its own that is no read, whatever came of it, its reads go to the original for that ' +
    'long; a client is known by key. Without it a reader may see the state before its own write, and a record that has ' +
    'just been made is 404. The copy takes load from the original, and answers when the original is away.',
  realises: 'maintain multiple copies of data',
  settings,
  counters,
  gauges,
  example: '- read-replica: { to: reader, max-staleness: 1s, read-your-writes: 2s }',
  check({ maxStalenessMs, readYourWritesMs }) {
    return [
      ...(maxStalenessMs === 0 ? [{ path: ['max-staleness'], message: 'no copy is that fresh' }] : []),
      ...(readYourWritesMs === 0 ? [{ path: ['read-your-writes'], message: 'no time is too little' }] : []),
    ]
  },

  model: () => [{ type: 'divert', setting: 'to', methods: ['GET', 'HEAD'] }],

  create(context) {
    const tactic = new ReadReplica(context)
    return next => request => tactic.handle(request, next)
  },
})

class ReadReplica {
  readonly #context: TacticContext<typeof settings, keyof typeof counters, keyof typeof gauges>
  readonly #copy: Link
  readonly #isFailure: (status: number) => boolean
  readonly #keyOf: (request: Request) => string
  readonly #writes: OwnWrites | undefined = undefined
  #toldOnce = false

  constructor(context: TacticContext<typeof settings, keyof typeof counters, keyof typeof gauges>) {
    const { settings: one, count, keep } = context
    const copy = context.link('to')
    if (!copy) throw new Error('read-replica needs the link of its setting to')
    this.#context = context
    this.#copy = copy
    this.#isFailure = compileStatuses(one.on)
    this.#keyOf = requestKey(one.key)
    const { key, maxKeys } = one
    if (one.readYourWritesMs !== undefined)
      this.#writes = keep('writes', { key, maxKeys }, () => new OwnWrites(maxKeys, count.keys_dropped))
  }

  handle(request: Request, next: Handler): Reply | Promise<Reply> {
    const { count, reportOnly } = this.#context
    const { method } = request
    if (method !== 'GET' && method !== 'HEAD') {
      count.primary.add()
      return this.#writes && method !== 'OPTIONS' && method !== 'TRACE' ? this.#write(request, next) : next(request)
    }
    if (this.#writes?.matters(this.#keyOf(request), request.arrivedAtMs)) {
      count.primary.add()
      count.own_writes.add()
      return next(request)
    }
    if (reportOnly) {
      count.replica.add()
      return next(request)
    }
    return this.#read(request, next)
  }

  /**
   * Remembers the writer when the outcome is there. Also when that is a failure: it may have been done all the same, and after
   * a 412 the client wants to see what others have written.
   */
  #write(request: Request, next: Handler): Reply | Promise<Reply> {
    const key = this.#keyOf(request)
    const remember = (): void => {
      const nowMs = this.#context.clock.nowMs()
      this.#writes?.mark(key, nowMs + this.#context.settings.readYourWritesMs!, nowMs)
    }
    let outcome: Reply | Promise<Reply>
    try {
      outcome = next(request)
    } catch (error) {
      remember()
      throw error
    }
    if (outcome instanceof Promise) return outcome.finally(remember)
    remember()
    return outcome
  }

  #read(request: Request, next: Handler): Reply | Promise<Reply> {
    let outcome: Reply | Promise<Reply>
    try {
      outcome = this.#copy.call(request)
    } catch (error) {
      return this.#threw(error, request, next)
    }
    if (!(outcome instanceof Promise)) return this.#judge(outcome, request, next)
    return outcome.then(
      reply => this.#judge(reply, request, next),
      error => this.#threw(error, request, next),
    )
  }

  #judge(reply: Reply, request: Request, next: Handler): Reply | Promise<Reply> {
    const { count, gauge, settings: one } = this.#context
    if (request.cancellation.cancelled) {
      count.replica.add()
      return reply
    }
    if (this.#isFailure(reply.status)) {
      count.replica_failed.add()
      return this.#original(request, next)
    }
    const told = reply.header(STALENESS)
    const stalenessMs = told === undefined ? Number.NaN : Number(told)
    if (!Number.isNaN(stalenessMs)) gauge.staleness_ms.set(stalenessMs)
    // A copy that does not say how old it is may be of any age.
    if (one.maxStalenessMs !== undefined && !(stalenessMs <= one.maxStalenessMs)) {
      count.too_stale.add()
      return this.#original(request, next)
    }
    count.replica.add()
    return reply
  }

  #original(request: Request, next: Handler): Reply | Promise<Reply> {
    return next(request.with({ arrivedAtMs: this.#context.clock.nowMs() }))
  }

  /** A link that throws has a bug in its tactics; the first is logged, so that a busy one does not flood the log. */
  #threw(error: unknown, request: Request, next: Handler): Reply | Promise<Reply> {
    const { count, log } = this.#context
    count.replica_failed.add()
    if (!this.#toldOnce)
      log.error('read-replica-threw', { error: error instanceof Error ? error.message : String(error) })
    this.#toldOnce = true
    return this.#original(request, next)
  }
}
