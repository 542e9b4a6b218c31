import {
  bodyText,
  Cancellation,
  type Clock,
  type Handler,
  Lru,
  type Meter,
  type Reply,
  type Request,
} from '@archlab/runtime/kit'
import type { Entry } from './entry.ts'
import { fromEnvelope, toEnvelope } from './envelope.ts'
import { Patience } from './patience.ts'

const JSON_HEADERS = '\ncontent-type: application/json'
const ABSENT = '{"value":null}'

interface Question {
  readonly method: string
  readonly path: string
  readonly query: string
  readonly headers: string
  readonly body: string
}

export interface StoreLimits {
  readonly timeoutMs: number
  readonly maxEntries: number
  readonly statuses: readonly number[]
}

/**
 * Entries in a cache component: `GET /cache/<key>` and `POST /cache/<key>`. A store that fails, refuses, talks nonsense or
 * takes longer than `timeoutMs` is as good as empty; `failed` counts that, and the request never notices.
 */
export class StoreClient {
  readonly #call: Handler
  readonly #clock: Clock
  readonly #limits: StoreLimits
  readonly #failed: Meter
  readonly #patience: Patience
  // The last text read for a key with what it means: as long as the store answers the same, nothing is parsed.
  readonly #read: Lru<{ text: string; entry: Entry }>

  constructor(call: Handler, clock: Clock, limits: StoreLimits, failed: Meter) {
    this.#call = call
    this.#clock = clock
    this.#limits = limits
    this.#failed = failed
    this.#patience = new Patience(clock, limits.timeoutMs)
    this.#read = new Lru(limits.maxEntries)
  }

  /** Calls the timer off. */
  close(): void {
    this.#patience.close()
  }

  /** The fresh entry under `key`. `cancellation` calls the question off. */
  async get(key: string, request: Request, cancellation: Cancellation): Promise<Entry | undefined> {
    const reply = await this.#ask(request, cancellation, {
      method: 'GET',
      path: pathOf(key),
      query: '',
      headers: '',
      body: '',
    })
    // The cache component answers null for a key it does not have; others may say 404.
    if (reply === undefined || reply.status === 404) return undefined
    const entry = reply.status === 200 ? this.#entryIn(key, reply) : this.#fail()
    return entry?.isFresh(this.#clock.nowMs()) ? entry : undefined
  }

  /** Stores an entry; false when the store did not take it. */
  async set(key: string, entry: Entry, request: Request, cancellation: Cancellation): Promise<boolean> {
    const body = JSON.stringify({ value: toEnvelope(entry, this.#clock), ttl: `${Math.ceil(entry.ttlMs)}ms` })
    const reply = await this.#ask(request, cancellation, {
      method: 'POST',
      path: pathOf(key),
      query: '',
      headers: JSON_HEADERS,
      body,
    })
    if (reply === undefined) return false
    const taken = reply.status >= 200 && reply.status < 300
    if (!taken) this.#fail()
    return taken
  }

  #entryIn(key: string, reply: Reply): Entry | undefined {
    try {
      const text = bodyText(reply.body)
      if (text === ABSENT) return undefined
      const known = this.#read.get(key)
      if (known?.text === text) return known.entry
      const { value } = JSON.parse(text) as { value: unknown }
      if (value === null) return undefined
      const entry = fromEnvelope(value, this.#limits.statuses, this.#clock)
      if (!entry) return this.#fail()
      this.#read.set(key, { text, entry })
      return entry
    } catch {
      return this.#fail()
    }
  }

  /**
   * The store's reply; `undefined` (counted) when it fails or takes too long, and when the question is called off. The
   * link is not told a deadline: it would arm a timer for each call, and giving up cancels the call anyway.
   */
  #ask(request: Request, cancellation: Cancellation, question: Question): Promise<Reply | undefined> {
    if (cancellation.cancelled) return Promise.resolve(undefined)
    const own = new Cancellation()
    const { promise, resolve } = Promise.withResolvers<Reply | undefined>()
    let open = true
    const end = (reply: Reply | undefined, failed: boolean): void => {
      if (!open) return
      open = false
      this.#patience.end(wait)
      unsubscribe()
      if (failed) this.#fail()
      resolve(reply)
    }
    const giveUp = (failed: boolean): void => {
      end(undefined, failed)
      own.cancel()
    }
    const wait = this.#patience.begin(() => giveUp(true))
    const unsubscribe = cancellation.onCancel(() => giveUp(false))
    this.#send(request.with({ ...question, deadlineMs: Number.POSITIVE_INFINITY, cancellation: own }), end)
    return promise
  }

  #send(question: Request, end: (reply: Reply | undefined, failed: boolean) => void): void {
    try {
      const outcome = this.#call(question)
      if (outcome instanceof Promise) {
        outcome.then(
          reply => end(reply, false),
          () => end(undefined, true),
        )
      } else end(outcome, false)
    } catch {
      end(undefined, true)
    }
  }

  #fail(): undefined {
    this.#failed.add()
    return undefined
  }
}

function pathOf(key: string): string {
  return `/cache/${encodeURIComponent(key)}`
}
