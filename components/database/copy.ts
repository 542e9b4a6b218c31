import {
  bodyText,
  Cancellation,
  type Clock,
  type Context,
  type Handler,
  type Link,
  type Log,
  type Meter,
  type Reply,
  Request,
  whenReplied,
} from '@archlab/runtime/kit'
import type { SqliteStore } from './sqlite-store.ts'
import type { ChangePage, RecordChange } from './store.ts'

/** Changes asked for at once. */
const PAGE = 1000
/** Bytes of changes that wait to be shown at most; then no more are asked for. */
const WAITING_BYTES_MAX = 16 * 1024 ** 2
const WAITING_PAGES_MAX = 10_000

/** What a copy is given. */
export interface CopyOptions {
  /** Where the copy is kept; nobody else may write to it. */
  readonly store: SqliteStore
  /** The database that it is a copy of. */
  readonly link: Link
  /** Draws how much later a change is shown. */
  readonly lagMs: () => number
  readonly intervalMs: number
  readonly clock: Clock
  readonly log: Log
  readonly refuse: Context['refuse']
  /** Changes shown. */
  readonly applied: Meter
  /** Copies begun anew. */
  readonly resyncs: Meter
  readonly stalenessMs: Meter
}

/** What has been asked for and is not shown yet. */
interface Batch {
  readonly page: ChangePage
  /** The page holds everything that had changed before this moment. */
  readonly asOfMs: number
  readonly dueMs: number
  /** The copy begins with it. */
  readonly anew: boolean
  readonly bytes: number
}

/**
 * A copy of a database: asks it for changes again and again and shows them after the lag. As no clocks are compared, it knows
 * how old it can be at most: what it shows was complete when it asked for it.
 */
export class Copy {
  readonly #options: CopyOptions
  readonly #cancellation = new Cancellation()
  #waiting: Batch[] = []
  #waitingBytes = 0
  /** Of what has been asked for: name of the data set, position, and the replica that gave it. */
  #source = ''
  #position = 0
  #holder = ''
  /** When what is shown was complete; `undefined` until the first copy is. */
  #asOfMs: number | undefined = undefined
  #callOffPoll = (): void => {}
  #callOffShow = (): void => {}
  /** Troubles that have been told, until they are over. */
  readonly #told = { asking: '', showing: '' }
  readonly #incomplete: Reply

  constructor(options: CopyOptions) {
    this.#options = options
    this.#incomplete = options.refuse(503, 'destination_unavailable', 'replication', {
      detail: 'The copy is not complete yet.',
      headers: { 'retry-after': '1' },
    })
  }

  /** Begins to copy. */
  start(): void {
    void this.#poll()
  }

  close(): void {
    this.#callOffPoll()
    this.#callOffShow()
    this.#cancellation.cancel()
  }

  /** How old what is shown can be at most, in milliseconds; Infinity before the first copy is complete. */
  stalenessMs(nowMs: number): number {
    return this.#asOfMs === undefined ? Number.POSITIVE_INFINITY : Math.max(0, nowMs - this.#asOfMs)
  }

  /** Replies of `next` say how old they can be: `x-archlab-staleness-ms`, and `Age` (RFC 9111 §5.1) in seconds. */
  readonly wrap = (next: Handler): Handler => {
    return request => {
      if (this.#asOfMs === undefined) return this.#incomplete
      return whenReplied(next(request), reply => {
        if (reply.status >= 400 && reply.status !== 404 && reply.status !== 412) return reply
        const staleness = Math.ceil(this.stalenessMs(this.#options.clock.nowMs()))
        const fields = `\nx-archlab-staleness-ms: ${staleness}\nage: ${Math.floor(staleness / 1000)}`
        return reply.with({ headers: reply.headers + fields })
      })
    }
  }

  async #poll(): Promise<void> {
    const { clock, intervalMs } = this.#options
    let more = false
    if (this.#waitingBytes < WAITING_BYTES_MAX && this.#waiting.length < WAITING_PAGES_MAX) more = await this.#ask()
    if (this.#cancellation.cancelled) return
    this.#measure()
    this.#callOffPoll = clock.after(more ? 0 : intervalMs, () => void this.#poll())
  }

  /** Asks once; true when there is more. */
  async #ask(): Promise<boolean> {
    const { link, clock } = this.#options
    const askedAtMs = clock.nowMs()
    const request = new Request({
      method: 'GET',
      path: '/changes',
      query: `after=${this.#position}&limit=${PAGE}`,
      arrivedAtMs: askedAtMs,
      // Replicas of a database in memory have each a data set of their own.
      affinity: this.#holder,
      cancellation: this.#cancellation,
    })
    let reply: Reply
    try {
      reply = await link.call(request)
    } catch {
      return this.#trouble('asking', 'threw')
    }
    if (this.#cancellation.cancelled) return false
    if (reply.status === 410) return this.#anew()
    const page = reply.status === 200 ? readPage(reply) : undefined
    if (!page) return this.#trouble('asking', String(reply.status))
    this.#told.asking = ''
    this.#holder = reply.replica
    if (this.#position > 0 && page.source !== this.#source) return this.#anew()
    return this.#take(page, askedAtMs) && !page.complete
  }

  /** What has been copied is of no use any more. */
  #anew(): boolean {
    this.#options.resyncs.add()
    this.#position = 0
    this.#source = ''
    return true
  }

  /** False when it could not be shown. */
  #take(page: ChangePage, askedAtMs: number): boolean {
    const earliestMs = this.#waiting.at(-1)?.dueMs ?? 0
    const dueMs = Math.max(earliestMs, askedAtMs + this.#options.lagMs())
    const bytes = page.changes.reduce((sum, { id, body }) => sum + id.length + (body?.length ?? 0), 0)
    const anew = page.source !== this.#source
    this.#source = page.source
    this.#position = page.position
    this.#waitingBytes += bytes
    this.#waiting.push({ page, asOfMs: askedAtMs, dueMs, anew, bytes })
    return this.#waiting.length > 1 || this.#showDue()
  }

  /** Shows what is due, then waits for what is next. False when something could not be shown. */
  #showDue(): boolean {
    const { clock } = this.#options
    for (;;) {
      const next = this.#waiting[0]
      if (!next) return true
      const leftMs = next.dueMs - clock.nowMs()
      if (leftMs > 0) {
        this.#callOffShow = clock.after(leftMs, () => this.#showDue())
        return true
      }
      this.#waiting.shift()
      this.#waitingBytes -= next.bytes
      if (!this.#show(next)) return false
    }
  }

  #show({ page, asOfMs, anew }: Batch): boolean {
    const { store, applied } = this.#options
    if (anew) this.#asOfMs = undefined
    try {
      store.apply(page, anew)
    } catch (error) {
      // What is shown would have a gap: only a new copy can mend that.
      this.#trouble('showing', String(error))
      this.#waiting = []
      this.#waitingBytes = 0
      this.#asOfMs = undefined
      this.#anew()
      return false
    }
    this.#told.showing = ''
    applied.add(page.changes.length)
    // Before a page is complete, what it leaves out may be older than what it holds.
    if (page.complete) this.#asOfMs = asOfMs
    this.#measure()
    return true
  }

  #measure(): void {
    if (this.#asOfMs !== undefined) this.#options.stalenessMs.set(this.stalenessMs(this.#options.clock.nowMs()))
  }

  /** Told once for each kind of trouble in a row. */
  #trouble(doing: 'asking' | 'showing', reason: string): false {
    if (this.#told[doing] !== reason) this.#options.log.warn('replication-stalled', { doing, reason })
    this.#told[doing] = reason
    return false
  }
}

/** The page in a reply; `undefined` when it is none. */
function readPage(reply: Reply): ChangePage | undefined {
  try {
    const page = JSON.parse(bodyText(reply.body)) as ChangePage
    const whole = typeof page.source === 'string' && Number.isSafeInteger(page.position) && page.position >= 0
    const told = typeof page.complete === 'boolean' && typeof page.message === 'string' && Array.isArray(page.changes)
    return whole && told && page.changes.every(isChange) ? page : undefined
  } catch {
    return undefined
  }
}

const isChange = ({ id, version, body }: RecordChange): boolean =>
  typeof id === 'string' && Number.isSafeInteger(version) && (body === null || typeof body === 'string')
