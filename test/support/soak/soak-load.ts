import { Agent } from 'node:http'
import type { Random } from '@archlab/runtime/kit'
import { type CallOptions, eventually, httpCall } from '@archlab/runtime/whole-lab'
import { bearer, logIn, USER } from '../lab5.ts'

/** Waits of a client between two calls: the lab is to be disturbed, not filled. */
const PAUSE_MS = 10
/** After a call without a reply. */
const LOST_PAUSE_MS = 50

/** A microservice answers 500 when its database has not answered, and says so (RFC 9209). */
const PASSED_ON = 'received-status='

/** Outcomes by status; `lost` are calls without a reply. */
export type Outcomes = Record<string, number>

/** Clients that call the edge of Lab 5 one request after the other, and can be held still. */
export class SoakLoad {
  /** Outcomes by life of the lab's host, whose counts go with it. */
  readonly lives: Outcomes[] = [{}]
  /** Ids of the jobs whose task was answered 202. */
  readonly accepted = new Set<string>()
  /** Replies with 500 that no failure behind the one who answered explains. */
  crashes = 0
  /** The first of them, as it came. */
  first = ''
  /** Tasks that were answered otherwise, or not at all. */
  unanswered = 0
  readonly #url: string
  readonly #random: Random
  readonly #headers: Record<string, string>
  readonly #clients: Promise<void>[]
  #moving = 0
  #held = false
  #release: () => void = () => {}
  #gate = Promise.resolve()
  #stopped = false

  private constructor(url: string, token: string, clients: number, random: Random) {
    this.#url = url
    this.#random = random
    this.#headers = { ...bearer(token), 'content-type': 'application/json' }
    this.#count('200')
    this.#clients = Array.from({ length: clients }, () => this.#run())
  }

  /** Logs in, and starts the clients; to be stopped. */
  static async start(url: string, clients: number, random: Random): Promise<SoakLoad> {
    return new SoakLoad(url, await logIn(url), clients, random)
  }

  /** Calls so far. */
  get calls(): number {
    return this.lives.reduce((total, life) => total + sum(life), 0)
  }

  /** Outcomes of the present life. */
  get present(): Outcomes {
    return this.lives.at(-1)!
  }

  /** Resolves when no call is under way; none begins until `go`. */
  async hold(): Promise<void> {
    this.#held = true
    this.#gate = new Promise(resolve => {
      this.#release = resolve
    })
    await eventually(() => this.#moving === 0, 'no call is under way', 60_000)
  }

  go(): void {
    this.#held = false
    this.#release()
  }

  /** The host is dead, and its successor does not listen yet: what is sent from now on is counted by that one. */
  bury(): void {
    this.lives.push({})
  }

  /** Resolves when replies of every kind have come: data, a task that was accepted, a login. */
  async goesOn(): Promise<void> {
    const before = { ...this.present }
    const more = (status: string): boolean => (this.present[status] ?? 0) > (before[status] ?? 0)
    await eventually(() => more('200') && more('202'), 'the load gets replies', 60_000)
  }

  async stop(): Promise<void> {
    this.#stopped = true
    this.go()
    await Promise.all(this.#clients)
  }

  async #run(): Promise<void> {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    while (!this.#stopped) {
      if (this.#held) await this.#gate
      this.#moving += 1
      const outcome = await this.#call(agent)
      this.#moving -= 1
      await new Promise(resolve => setTimeout(resolve, outcome === 'lost' ? LOST_PAUSE_MS : PAUSE_MS))
    }
    agent.destroy()
  }

  async #call(agent: Agent): Promise<string> {
    // A connection to a dead host does not come back: whoever answers is the one that lived when this was sent.
    const life = this.lives.length - 1
    const draw = this.#random.next()
    const [path, options]: [string, CallOptions] =
      draw < 0.15
        ? ['/longtask', this.#post({ task: 'report' })]
        : draw < 0.2
          ? ['/login', this.#post(USER)]
          : ['/data', {}]
    const reply = await httpCall(this.#url + path, { headers: this.#headers, ...options, agent }).catch(() => undefined)
    const outcome = reply === undefined ? 'lost' : String(reply.status)
    this.#count(outcome, life)
    if (reply?.status === 500 && !String(reply.headers['proxy-status']).includes(PASSED_ON)) {
      this.crashes += 1
      this.first ||= `${path}: ${reply.text} ${JSON.stringify(reply.headers)}`
    }
    if (path === '/longtask') {
      if (outcome === '202') this.accepted.add(String(reply!.headers.location).split('/').at(-1)!)
      else this.unanswered += 1
    }
    return outcome
  }

  #post(value: unknown): CallOptions {
    return { method: 'POST', body: JSON.stringify(value) }
  }

  #count(outcome: string, life = 0): void {
    const counts = this.lives[life]!
    counts[outcome] = (counts[outcome] ?? 0) + 1
  }
}

export const sum = (counts: Readonly<Record<string, number>>): number =>
  Object.values(counts).reduce((total, count) => total + count, 0)
