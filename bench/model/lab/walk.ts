import type { ResolvedStep } from '@archlab/runtime/graph'
import type { WorkModel } from '@archlab/runtime/kit'
import { type Asked, Effects, inward, limited, outward, type Site } from './chain.ts'
import { classOf, type LabModel, type LinkPlace, type Target } from './lab-model.ts'
import {
  AT_ONCE,
  both,
  either,
  failingAs,
  failure,
  followed,
  NOTHING,
  type Outcome,
  together,
  weighed,
} from './outcome.ts'
import type { Keys } from './passage.ts'
import { Station } from './stations.ts'
import { Time } from './time.ts'

/** The one policy whose division of a Poisson stream gives Poisson streams. */
const AT_RANDOM = 'random'

interface Stream {
  rate: number
  poisson: boolean
}

/**
 * Requests on their way through a lab: rates go from the callers to the callees, outcomes the other way. Both depend on one another
 * (retries come of failures, failures of load), so rounds follow until nothing changes.
 */
export class Walk {
  readonly model: LabModel
  readonly effects = new Effects()
  readonly stations = new Map<string, Station>()
  /** What becomes of requests that come to each state. */
  readonly outcomes: Outcome[]
  readonly streams: Stream[]
  readonly #sites: Site[]
  readonly #calls = new Map<ResolvedStep, { site: Site; link: LinkPlace; outcome: Outcome }>()
  readonly #asked: Asked = {
    send: (targets, rate, poisson) => this.#send(targets, { rate, poisson }),
    outcome: targets => this.#towards(targets),
  }
  /** Whether branches run side by side: their times are not independent, since they begin together. */
  overlaps = false
  #waiting = true

  constructor(model: LabModel) {
    this.model = model
    this.outcomes = model.states.map(() => AT_ONCE)
    this.streams = model.states.map(() => ({ rate: 0, poisson: true }))
    this.#sites = model.states.map(({ request }) => ({ id: {}, request, keys: keysOf(model, request) }))
    for (const { component, steps } of model.states) this.#prepare(component, steps)
  }

  #prepare(component: string, steps: readonly ResolvedStep[]): void {
    const spec = this.model.topology.components[component]!
    for (const step of steps) {
      if (step.type === 'parallel') for (const branch of step.branches) this.#prepare(component, branch)
      if (step.type !== 'call') continue
      const address = spec.links.find(one => one.name === step.link)!.address
      const site = { id: {}, request: step.sent, keys: keysOf(this.model, step.sent) }
      this.#calls.set(step, { site, link: this.model.links.get(address)!, outcome: AT_ONCE })
    }
  }

  /** Sends so many requests per millisecond on their way. */
  rates(perMs: number, poisson: boolean): void {
    for (const stream of this.streams) Object.assign(stream, { rate: 0, poisson: true })
    for (const state of this.effects.all) for (const passage of state.sites.values()) passage.rate = 0
    for (const station of this.stations.values()) {
      station.arrivals.clear()
      station.poisson = true
    }
    for (const { state, share } of this.model.classes) this.#send([{ state, share }], { rate: perMs, poisson })
    for (const component of this.model.order) {
      for (const at of this.model.statesOf.get(component)!) {
        const stream = this.streams[at]!
        if (stream.rate === 0) continue
        const places = this.model.inbound.get(component)!
        const left = inward(this.effects, places, this.#sites[at]!, stream, this.#asked)
        this.#run(component, this.model.states[at]!.steps, left)
      }
    }
  }

  #send(targets: readonly Target[], { rate, poisson }: Stream): void {
    for (const { state, share } of targets) {
      const stream = this.streams[state]!
      stream.rate += rate * share
      if (!poisson) stream.poisson = false
    }
  }

  /** Leads requests through a script; returns what is left of them at its end. */
  #run(component: string, steps: readonly ResolvedStep[], stream: Stream): Stream {
    let { rate, poisson } = stream
    for (const step of steps) {
      const now = { rate: rate * step.chance, poisson }
      if (now.rate === 0) continue
      if (step.type === 'end') rate -= now.rate
      else if (step.type === 'work') {
        const station = this.#stationOf(component, step)
        station.arrivals.set(step, (station.arrivals.get(step) ?? 0) + now.rate)
        if (!poisson) station.poisson = false
        if (!step.background) {
          rate *= 1 - step.chance * station.answer.refused
          poisson &&= station.keepsPoisson
        }
      } else if (step.type === 'call') {
        const { site, link, outcome } = this.#calls.get(step)!
        this.#send(step.targets, inward(this.effects, link.places, site, now, this.#asked))
        rate *= 1 - step.chance * (1 - outcome.ok.mass)
      } else {
        this.overlaps = true
        // Branches begin at the same moment: what they send out together is no Poisson stream.
        const left = step.branches.map(branch => this.#run(component, branch, { rate: now.rate, poisson: false }))
        rate += left.reduce((product, one) => product * (one.rate / now.rate), now.rate) - now.rate
      }
    }
    return { rate, poisson }
  }

  #stationOf(component: string, work: WorkModel): Station {
    const { resource } = work
    const name = resource === 'sleep' ? `${component} delay` : resource === 'cpu' ? `${component} cpu` : component
    const named = work.background ? `${component} jobs` : name
    let station = this.stations.get(named)
    if (!station) {
      station = new Station(named, component, this.model.topology.components[component]!.replicas, work)
      station.dealt = dealtBy(this.model, component)
      this.stations.set(named, station)
    }
    return station
  }

  /** Works out what becomes of requests, callees first. `waiting: false` leaves out all time in which they are not served. */
  outcomesOf({ waiting = true } = {}): void {
    this.#waiting = waiting
    for (const component of [...this.model.order].reverse()) {
      for (const at of this.model.statesOf.get(component)!) {
        const { steps } = this.model.states[at]!
        const inner = this.model.states[at]!.answered ? this.#script(component, steps) : failure(404, Time.zero)
        const places = this.model.inbound.get(component)!
        this.outcomes[at] = outward(this.effects, places, this.#sites[at]!, inner, this.#asked)
      }
    }
  }

  #script(component: string, steps: readonly ResolvedStep[]): Outcome {
    let goesOn = AT_ONCE
    let ended = NOTHING
    for (const step of steps) {
      if (step.type === 'end') {
        const end = step.status === undefined || step.status < 400 ? AT_ONCE : failure(step.status, Time.zero)
        ended = both(ended, followed({ ok: goesOn.ok.scaled(step.chance), failed: new Map() }, end))
        goesOn = { ok: goesOn.ok.scaled(1 - step.chance), failed: goesOn.failed }
      } else goesOn = followed(goesOn, either(step.chance, this.#step(component, step), AT_ONCE))
    }
    return both(ended, goesOn)
  }

  #step(component: string, step: ResolvedStep): Outcome {
    if (step.type === 'work') {
      if (step.background) return AT_ONCE
      return this.#stationOf(component, step).outcome(step, { waiting: this.#waiting })
    }
    // A branch that ends early ends by itself: the others and what follows them go on.
    if (step.type === 'parallel') return together(step.branches.map(branch => this.#script(component, branch)))
    if (step.type === 'end') return AT_ONCE
    const call = this.#calls.get(step)!
    const { site, link } = call
    const bounded = limited(this.#towards(step.targets), link.spec.timeoutMs)
    call.outcome = failingAs(step.failure, outward(this.effects, link.places, site, bounded, this.#asked))
    return call.outcome
  }

  #towards(targets: readonly Target[]): Outcome {
    if (targets.length === 0) return AT_ONCE
    return targets.map(({ state, share }) => weighed(this.outcomes[state]!, share)).reduce(both)
  }
}

/** The keys that requests of a class ask for, as the workload draws them; `null` when they are all for the same. */
function keysOf({ workload }: LabModel, request: { method: string; path: string }): Keys {
  const own = workload.requests.find(one => {
    const { method, path } = classOf(one.request)
    return path === request.path && (method === request.method || request.method === '*')
  })
  const keys = Object.values(own?.keys ?? {})
  return keys.length === 1 ? { count: keys[0]!.count, zipf: keys[0]!.zipf } : null
}

/** The policy that deals requests out to the replicas of a component, unless that is chance. */
function dealtBy({ topology }: LabModel, component: string): string | null {
  const policies = Object.values(topology.components)
    .flatMap(one => one.links)
    .filter(link => link.to.includes(component))
    .map(link => link.policy.name)
  return policies.find(name => name !== AT_RANDOM) ?? null
}
