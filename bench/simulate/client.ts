import { bodyLength, type Clock, type Deadlines, type Due, type Reply, Request } from '@archlab/runtime/kit'
import type { Connection, SimulatedLab } from '@archlab/runtime/simulation'
import type { RequestSpec } from '@archlab/runtime/topology'
import { bodyOf, pathsOf } from '../load/engine/request-maker.ts'
import type { Outcome } from '../load/record/outcomes.ts'

/** What a client asks next: requests of one kind, as `archlab load` makes them from the same seed. */
export class RequestSource {
  readonly #spec: RequestSpec
  readonly #body: string
  readonly #fields: string
  readonly #nextPath: () => string

  constructor(spec: RequestSpec, seed: string | number) {
    this.#spec = spec
    this.#body = bodyOf(spec)
    this.#fields = fieldsOf(spec)
    this.#nextPath = pathsOf(spec, seed)
  }

  /** The next request; `token` as it stands behind `Bearer`, or empty. */
  next(token: string): Request {
    const target = this.#nextPath()
    const mark = target.indexOf('?')
    return new Request({
      method: this.#spec.request.method,
      path: mark < 0 ? target : target.slice(0, mark),
      query: mark < 0 ? '' : target.slice(mark + 1),
      headers: token === '' ? this.#fields : `${this.#fields}\nauthorization: Bearer ${token}`,
      body: this.#body,
    })
  }
}

/** As they get to a replica: the fields of the connection have been dropped. */
function fieldsOf(spec: RequestSpec): string {
  const fields: Record<string, string> = { accept: '*/*' }
  if (spec.json !== undefined && spec.json !== null) fields['content-type'] = 'application/json'
  for (const [name, value] of Object.entries(spec.headers)) fields[name.toLowerCase()] = value
  return Object.entries(fields)
    .map(([name, value]) => `\n${name}: ${value}`)
    .join('')
}

/** How a request ended; times on the simulated clock. */
export interface Ending {
  readonly outcome: Outcome
  readonly status: number
  readonly bytes: number
  /** `undefined` without a complete reply. */
  readonly reply: Reply | undefined
}

/** What clients share. */
export interface ClientContext {
  readonly lab: SimulatedLab
  readonly entry: string
  readonly clock: Clock
  readonly deadlines: Deadlines
  /** Connections opened so far. */
  opened: number
}

/** One client's connection, opened anew when it has ended; one request at a time. */
export class Client implements Due {
  dueMs = 0
  place = -1
  readonly #context: ClientContext
  #connection: Connection | undefined
  #visit: ReturnType<Connection['send']>
  #ended: ((ending: Ending) => void) | undefined

  constructor(context: ClientContext) {
    this.#context = context
  }

  /** Sends a request, and tells once how it ended, perhaps at once. */
  carry(request: Request, deadlineMs: number, ended: (ending: Ending) => void): void {
    const { lab, entry, clock, deadlines } = this.#context
    if (!this.#connection) {
      this.#connection = lab.connect(entry)
      this.#context.opened += 1
    }
    this.#ended = ended
    const connection = this.#connection
    const visit = connection.send(request, reply => {
      // A reply that crosses the client's farewell is not read.
      if (this.#connection === connection && this.#ended === ended) this.#answered(reply)
    })
    if (this.#ended !== ended) return
    this.#visit = visit
    deadlines.add(this, deadlineMs, clock.nowMs())
  }

  /** The client stops waiting and hangs up. */
  expire(): void {
    this.#connection = undefined
    this.#visit?.leave()
    this.#end(TIMED_OUT)
  }

  #answered(reply: Reply | null): void {
    this.#context.deadlines.remove(this)
    if (reply) {
      this.#end({ outcome: 'replied', status: reply.status, bytes: bodyLength(reply.body), reply })
      return
    }
    this.#connection = undefined
    this.#end(BROKEN)
  }

  #end(ending: Ending): void {
    const ended = this.#ended!
    this.#ended = undefined
    this.#visit = undefined
    ended(ending)
  }
}

const TIMED_OUT: Ending = { outcome: 'timeout', status: 0, bytes: 0, reply: undefined }
const BROKEN: Ending = { outcome: 'connection reset', status: 0, bytes: 0, reply: undefined }
