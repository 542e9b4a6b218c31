import { type Random, seededRandom } from '@archlab/runtime/kit'

/** What one component answered, as the replay saw it. */
export interface SampleReply {
  readonly component: string
  readonly atMs: number
  readonly status: number
  /** Milliseconds. */
  readonly latency: number
}

/** A refusal by a tactic. */
export interface SampleDecision {
  readonly component: string
  readonly address: string
  readonly counter: string
  readonly atMs: number
}

/** One arrival and its end. */
export interface SampleArrival {
  readonly atMs: number
  readonly request: 'GET /data' | 'POST /longtask'
  readonly status: number
  readonly latency: number
  readonly lag: number
}

/** What happens to Lab 5 under a workload: enough of it for a report with figures that fit each other. */
export interface Replay {
  readonly arrivals: readonly SampleArrival[]
  readonly replies: readonly SampleReply[]
  readonly decisions: readonly SampleDecision[]
  /** When jobs were handed to the worker. */
  readonly jobs: readonly number[]
}

const MINUTE_MS = 60_000
const DATABASE_MS = 50
const CACHE_TTL_MS = 30_000
/** A pause of the whole lab, as by a garbage collection of the host. */
const PAUSE = { everyMs: 21_300, lengthMs: 140 }

/** Poisson arrivals at the edge, nine of ten `GET /data`; limits, balancing and cache as topology.yaml has them. */
export function replayLab5(of: { seed: number; perSecond: number; lengthMs: number }): Replay {
  const random = seededRandom(of.seed)
  const lab = new Lab5(random)
  const arrivals: SampleArrival[] = []
  lab.logIn()
  for (let atMs = exponential(random, of.perSecond); atMs < of.lengthMs; atMs += exponential(random, of.perSecond)) {
    arrivals.push(lab.arrival(atMs))
  }
  const { replies, decisions, jobs } = lab
  return { arrivals, replies, decisions, jobs }
}

const exponential = (random: Random, perSecond: number): number => (-Math.log(1 - random.next()) / perSecond) * 1000

/** At most `max` in any minute. */
class Limit {
  readonly #times: number[] = []
  readonly #max: number

  constructor(max: number) {
    this.#max = max
  }

  admits(atMs: number): boolean {
    while (this.#times.length > 0 && this.#times[0]! <= atMs - MINUTE_MS) this.#times.shift()
    if (this.#times.length >= this.#max) return false
    this.#times.push(atMs)
    return true
  }
}

class Lab5 {
  readonly replies: SampleReply[] = []
  readonly decisions: SampleDecision[] = []
  readonly jobs: number[] = []
  readonly #random: Random
  readonly #gateways = [new Limit(120), new Limit(120)]
  readonly #services = { 'microservice-a': new Limit(1000), 'microservice-b': new Limit(50) }
  readonly #worker = new Limit(200)
  #edgeTurn = 0
  #serviceTurn = 0
  #cachedUntilMs = -1

  constructor(random: Random) {
    this.#random = random
  }

  logIn(): void {
    for (const component of ['login', 'gateway', 'edge']) this.#reply(component, 0, 200, 61)
    this.#gateways[this.#edgeTurn++ % 2]!.admits(0)
  }

  arrival(atMs: number): SampleArrival {
    const request = this.#random.next() < 0.9 ? 'GET /data' : 'POST /longtask'
    const [status, work] = this.#gateway(atMs, request)
    const pause = atMs % PAUSE.everyMs
    const waited = atMs > PAUSE.lengthMs && pause < PAUSE.lengthMs ? PAUSE.lengthMs - pause : 0
    const latency = work + waited + this.#about(0.35)
    this.#reply('edge', atMs, status, latency)
    return { atMs, request, status, latency: latency + 0.12, lag: this.#about(0.028) }
  }

  #gateway(atMs: number, request: string): [status: number, latency: number] {
    const admitted = this.#gateways[this.#edgeTurn++ % 2]!.admits(atMs)
    if (!admitted) return this.#refuse('gateway', atMs, this.#about(0.25))
    this.#reply('login', atMs, 200, this.#about(0.4))
    const [status, work] = request === 'GET /data' ? this.#data(atMs) : this.#longTask(atMs)
    return this.#reply('gateway', atMs, status, work + this.#about(1.1))
  }

  #data(atMs: number): [number, number] {
    const name = this.#serviceTurn++ % 2 === 0 ? 'microservice-a' : 'microservice-b'
    const [status, work] = this.#services[name].admits(atMs)
      ? this.#reply(name, atMs, 200, this.#lookUp(atMs) + this.#about(0.5))
      : this.#refuse(name, atMs, this.#about(0.2))
    return this.#reply('services', atMs, status, work + this.#about(0.3))
  }

  #lookUp(atMs: number): number {
    this.#reply('cache', atMs, 200, this.#about(0.2))
    if (atMs < this.#cachedUntilMs) return this.#about(0.3)
    this.#cachedUntilMs = atMs + CACHE_TTL_MS
    this.#reply('cache', atMs, 200, this.#about(0.2))
    this.#reply('database', atMs, 200, DATABASE_MS + this.#about(0.6))
    return DATABASE_MS + this.#about(1.4)
  }

  #longTask(atMs: number): [number, number] {
    if (!this.#worker.admits(atMs)) return this.#refuse('worker', atMs, this.#about(0.2))
    this.jobs.push(atMs)
    return this.#reply('worker', atMs, 202, this.#about(0.8))
  }

  #refuse(component: string, atMs: number, latency: number): [number, number] {
    this.decisions.push({ component, address: `components.${component}.tactics.rate-limit`, counter: 'rejected', atMs })
    return this.#reply(component, atMs, 429, latency)
  }

  #reply(component: string, atMs: number, status: number, latency: number): [number, number] {
    this.replies.push({ component, atMs, status, latency })
    return [status, latency]
  }

  /** Lognormal around a median, with the long tail that such times have. */
  #about(median: number): number {
    const normal = Math.sqrt(-2 * Math.log(1 - this.#random.next())) * Math.cos(2 * Math.PI * this.#random.next())
    return median * Math.exp(0.35 * normal)
  }
}
