import { Agent } from 'node:http'
import { type CallResult, httpCall } from '@archlab/runtime/whole-lab'

/** What the answer to a change says of it. */
export type Outcome =
  /** 2xx. */
  | 'done'
  /** 412. */
  | 'conflict'
  /** 503 before anything was asked of the store. */
  | 'refused'
  /** 503 or 504 after that, or no answer. */
  | 'unknown'
  /** Anything else. */
  | 'strange'

/** A change that a client has asked for. */
export interface Change {
  /** `make` and `remove` are of a record of its own; `append` is to a list that all clients share. */
  readonly what: 'make' | 'remove' | 'append'
  readonly id: string
  /** What a record holds, or what was appended; no other change has it. */
  readonly token: string
  readonly outcome: Outcome
}

/** A client that is refused leaves the processor to what has to start again. */
const REFUSED_PAUSE_MS = 200
/** Changes after which the clients go over to other lists. */
const LIST_CHANGES = 100
/** Lists in use at a time. */
const LISTS = 2
/** Of so many records of its own, a client removes one. */
const REMOVE_EVERY = 3

/**
 * A client of the records of a database, and what it was told. It makes records of its own, removes some, and appends to
 * lists by read, change, and write with `If-Match`, as in the workload `append` of Elle (Kingsbury and Alvaro, VLDB 2020):
 * a list tells which changes were made, how often, and in which order.
 */
export class RecordClient {
  readonly changes: Change[] = []
  /** Reads that do not begin with what this client had read of the list before. */
  takenBack = 0
  readonly #url: string
  readonly #name: string
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 })
  readonly #lists = new Map<string, readonly string[]>()
  #stopped = false

  constructor(url: string, name: string) {
    this.#url = url
    this.#name = name
  }

  /** Changes records until it is told to stop. */
  async run(): Promise<void> {
    for (let at = 0; !this.#stopped; at++) {
      const token = `${this.#name}-${at}`
      if (at % 2 === 0)
        await this.#append(`list-${Math.floor(at / LIST_CHANGES)}-${Math.floor(Math.random() * LISTS)}`, token)
      else await this.#makeOwn(token, at % (2 * REMOVE_EVERY) === 1)
      const outcome = this.changes.at(-1)?.outcome
      if (outcome !== 'done' && outcome !== 'conflict')
        await new Promise(resolve => setTimeout(resolve, REFUSED_PAUSE_MS))
    }
    this.#agent.destroy()
  }

  stop(): void {
    this.#stopped = true
  }

  /** What it has read of each list, latest. */
  get lists(): ReadonlyMap<string, readonly string[]> {
    return this.#lists
  }

  async #makeOwn(id: string, remove: boolean): Promise<void> {
    const made = await this.#change('make', id, id, 'PUT', JSON.stringify(id))
    if (made === 'done' && remove) await this.#change('remove', id, id, 'DELETE')
  }

  async #append(id: string, token: string): Promise<void> {
    const read = await this.#call('GET', id)
    if (read?.status !== 200 && read?.status !== 404) return
    const list: string[] = read.status === 200 ? read.json : []
    if (!isPrefix(this.#lists.get(id) ?? [], list)) this.takenBack++
    this.#lists.set(id, list)
    const condition = read.status === 200 ? { 'if-match': read.headers.etag! } : { 'if-none-match': '*' }
    await this.#change('append', id, token, 'PUT', JSON.stringify([...list, token]), condition)
  }

  async #change(
    what: Change['what'],
    id: string,
    token: string,
    method: string,
    body?: string,
    headers: Record<string, string> = {},
  ): Promise<Outcome> {
    const outcome = outcomeOf(await this.#call(method, id, body, headers))
    this.changes.push({ what, id, token, outcome })
    return outcome
  }

  #call(
    method: string,
    id: string,
    body?: string,
    headers: Record<string, string> = {},
  ): Promise<CallResult | undefined> {
    const options = { method, agent: this.#agent, headers, timeoutMs: 5000, ...(body === undefined ? {} : { body }) }
    return httpCall(`${this.#url}/records/${id}`, options).catch(() => undefined)
  }
}

/** True when a list begins with another one. */
export const isPrefix = (start: readonly string[], list: readonly string[]): boolean =>
  start.length <= list.length && start.every((token, at) => list[at] === token)

/** Of docs/stores.md: answers by which the store has not been asked, or has refused. */
const NOT_MADE = /error=(?:destination_unavailable|connection_limit_reached);/

function outcomeOf(reply: CallResult | undefined): Outcome {
  if (!reply || reply.status === 504) return 'unknown'
  if (reply.status >= 200 && reply.status < 300) return 'done'
  if (reply.status === 412) return 'conflict'
  if (reply.status !== 503) return 'strange'
  return NOT_MADE.test(String(reply.headers['proxy-status'])) ? 'refused' : 'unknown'
}
