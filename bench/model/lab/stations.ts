import type { ServersModel, WorkModel } from '@archlab/runtime/kit'
import { type Label, weakest } from '../prediction.ts'
import type { QueueAnswer } from '../solvers/answer.ts'
import { infiniteServers, markovQueue } from '../solvers/birth-death.ts'
import { allenCunneen } from '../solvers/general-service.ts'
import { sojournTail } from '../solvers/sojourn.ts'
import { after, either, failure, type Outcome } from './outcome.ts'
import { scvOf, tailOf } from './service-time.ts'
import { singleServerWait, Time } from './time.ts'

/** Status of a request that finds every place taken. */
const REFUSED = 503
const DELAY: ServersModel = { servers: Infinity, queue: Infinity, discipline: 'fifo', servesAbandoned: true }
const CPU: ServersModel = { servers: 1, queue: Infinity, discipline: 'fifo', servesAbandoned: true }

/** A queue with servers, once for each replica of a component. Rates in arrivals per millisecond. */
export class Station {
  readonly name: string
  readonly component: string
  readonly copies: number
  readonly servers: ServersModel
  /** Arrivals at all copies, by the step that makes them. */
  readonly arrivals = new Map<WorkModel, number>()
  /** Whether all of its arrivals are Poisson, as far as is known. */
  poisson = true
  /** How arrivals are dealt out to the copies, where that is not at random. */
  dealt: string | null = null
  answer: QueueAnswer = infiniteServers(0, 0)
  /** Wait and service in one, where all services are alike and exponential. */
  #sojourn: Time | null = null
  #wait: Time = Time.zero
  /** In a closed network arrivals are not Poisson, and need not be. */
  #closed = false

  constructor(name: string, component: string, copies: number, work: WorkModel) {
    this.name = name
    this.component = component
    this.copies = copies
    this.servers = typeof work.resource === 'object' ? work.resource : work.resource === 'cpu' ? CPU : DELAY
  }

  /** True where nobody ever waits. */
  get isDelay(): boolean {
    return this.servers.servers === Number.POSITIVE_INFINITY
  }

  /** True where arrivals that are Poisson leave as a Poisson stream too. */
  get keepsPoisson(): boolean {
    if (this.isDelay) return true
    const { queue, discipline } = this.servers
    return queue === Number.POSITIVE_INFINITY && (discipline === 'processor-sharing' || this.#exponentialMs !== null)
  }

  get rate(): number {
    let sum = 0
    for (const rate of this.arrivals.values()) sum += rate
    return sum
  }

  /** Mean and squared coefficient of variation of the service, over all arrivals. */
  get service(): { meanMs: number; scv: number } {
    const rate = this.rate
    let first = 0
    let second = 0
    for (const [{ meanMs, time }, arrivals] of this.arrivals) {
      first += arrivals * meanMs
      second += arrivals * meanMs ** 2 * (1 + (time ? scvOf(time) : 1))
    }
    if (first === 0) return { meanMs: 0, scv: 0 }
    return { meanMs: first / rate, scv: Math.max(0, second / rate / (first / rate) ** 2 - 1) }
  }

  /** Mean of the services, where all are exponential and alike; else `null`. */
  get #exponentialMs(): number | null {
    const works = [...this.arrivals.keys()]
    const [first] = works
    const alike = works.every(
      one => one.meanMs === first?.meanMs && (one.time === undefined || one.time.type === 'exponential'),
    )
    return first && alike ? first.meanMs : null
  }

  /** In Kendall's notation. */
  get model(): string {
    const { servers, queue, discipline } = this.servers
    const works = [...this.arrivals.keys()]
    const constant = works.length === 1 && works[0]!.time?.type === 'constant'
    const service = this.#exponentialMs !== null ? 'M' : constant ? 'D' : 'G'
    const most = queue === Number.POSITIVE_INFINITY ? '' : `/${servers + queue}`
    const how = { fifo: '', 'processor-sharing': ' PS', lifo: ' LIFO', random: ' random order', priority: ' priority' }[
      discipline
    ]
    return `M/${service}/${this.isDelay ? '∞' : servers}${most}${how}`
  }

  /** Works out waits from the arrivals. */
  solve(): void {
    const { meanMs, scv } = this.service
    const rate = this.rate / this.copies
    const { servers, queue, discipline } = this.servers
    const exponential = this.#exponentialMs !== null
    this.#sojourn = null
    this.#wait = Time.zero
    if (this.isDelay) {
      this.answer = infiniteServers(rate, meanMs)
      return
    }
    const sharing = discipline === 'processor-sharing'
    if (queue < Number.POSITIVE_INFINITY) {
      const capacity = servers + queue
      const markov = markovQueue({ arrivalRate: rate, serviceTime: meanMs, servers, capacity })
      // Without a line, and where all share, only the mean of the service counts.
      this.answer = exponential || queue === 0 || sharing ? markov : { ...markov, label: 'approximate' }
    } else if (sharing) this.answer = markovQueue({ arrivalRate: rate, serviceTime: meanMs, servers })
    else this.answer = allenCunneen({ arrivalRate: rate, serviceTime: meanMs, serviceScv: scv, servers, arrivalScv: 1 })
    this.#distribute(exponential)
  }

  /** Takes the mean wait of a network as its own; for closed networks. */
  adopt(answer: QueueAnswer): void {
    this.answer = answer
    this.#closed = true
    this.#sojourn = null
    this.#wait = exponentialWait(answer, 'not modelled')
  }

  #distribute(exponential: boolean): void {
    const { servers, queue, discipline } = this.servers
    const { answer } = this
    const { meanMs, scv } = this.service
    if (answer.state === 'saturated') this.#wait = Time.endless
    else if (discipline !== 'fifo') this.#wait = exponentialWait(answer, 'not modelled')
    else if (exponential) {
      const capacity = servers + queue
      const markov = { arrivalRate: this.rate / this.copies, serviceTime: meanMs, servers, capacity }
      this.#sojourn = new Time(1, answer.response, at => sojournTail(markov, at))
    } else if (servers === 1 && queue === Number.POSITIVE_INFINITY) {
      this.#wait = singleServerWait(answer.load, answer.wait, meanMs, at => this.#serviceTail(at))
    } else this.#wait = exponentialWait(answer, scv === 1 ? 'exact' : 'approximate')
  }

  #serviceTail(at: number): number {
    let sum = 0
    for (const [{ meanMs, time }, arrivals] of this.arrivals) {
      sum += arrivals * tailOf(time ?? { type: 'exponential', meanMs }, at)
    }
    return sum / this.rate
  }

  /** What a request finds here that comes for this work. */
  outcome(work: WorkModel, { waiting = true } = {}): Outcome {
    const service = serviceTime(work)
    if (!waiting || this.isDelay) return after(service)
    return either(this.answer.refused, failure(REFUSED, Time.zero), after(this.#response(work, service)))
  }

  #response(work: WorkModel, service: Time): Time {
    if (this.#sojourn) return this.#sojourn
    if (this.servers.discipline !== 'processor-sharing') return this.#wait.plus(service)
    // A request twice as large takes twice as long on average.
    const { meanMs } = this.service
    const stretched = meanMs === 0 ? 0 : (this.answer.response / meanMs) * work.meanMs
    return new Time(1, stretched, at => Math.exp(-at / stretched), { label: 'not modelled' })
  }

  /** How far its figures can be trusted. */
  get label(): Label {
    if (this.isDelay) return 'exact'
    const own = weakest(this.answer.label, this.poisson || this.#closed ? 'exact' : 'approximate')
    return this.copies > 1 && this.dealt !== null ? weakest(own, 'bound') : own
  }

  get assumptions(): string[] {
    const { servesAbandoned, discipline } = this.servers
    return [
      ...this.answer.assumptions,
      ...(this.poisson || this.isDelay || this.#closed
        ? []
        : ['what arrives is taken to be Poisson, which it is not quite']),
      ...(this.copies > 1 && this.dealt !== null && !this.isDelay
        ? [`arrivals are taken to divide at random; ${this.dealt} makes waits no longer than that`]
        : []),
      ...(servesAbandoned ? [] : ['a request whose caller gives up is counted as served']),
      ...(discipline === 'priority' ? ['all requests have the same urgency'] : []),
    ]
  }
}

const services = new WeakMap<WorkModel, Time>()

/** The service itself as a random time; the same object for the same work. */
function serviceTime(work: WorkModel): Time {
  let known = services.get(work)
  if (known) return known
  const { meanMs, time } = work
  if (time?.type === 'constant' || meanMs === 0) known = Time.always(meanMs)
  else if (time) known = new Time(1, meanMs, at => tailOf(time, at))
  else known = new Time(1, meanMs, at => Math.exp(-at / meanMs), { label: 'not modelled' })
  services.set(work, known)
  return known
}

/** None, or exponential. */
function exponentialWait({ delayed, wait }: QueueAnswer, label: Label): Time {
  if (wait === 0) return Time.zero
  if (wait === Number.POSITIVE_INFINITY) return Time.endless
  return new Time(1, wait, at => delayed * Math.exp((-at * delayed) / wait), { label })
}
