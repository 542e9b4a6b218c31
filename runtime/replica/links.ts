import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import type { MessagePort } from 'node:worker_threads'
import { POLICIES } from '../balancing/catalog.ts'
import {
  compileMatch,
  compose,
  decodeSettings,
  type Handler,
  headerRemove,
  type Link,
  Reply,
  type Route,
  seededRandom,
  type TacticDefinition,
  type Wrap,
} from '../kit/index.ts'
import { openMeters } from '../meters/index.ts'
import { allLinks, LINK_METERS, type LinkPlan, type TacticPlan, type TargetPlan } from '../protocol.ts'
import type { RouteSpec } from '../topology/topology.ts'
import { moduleContext, type Surroundings } from './instrument.ts'
import { ChannelTarget } from './link/channel-target.ts'
import { LinkCore } from './link/link-core.ts'
import type { Target } from './link/target.ts'
import { loadDefinition } from './load-definition.ts'

/**
 * Everything a replica can call. One connection per replica behind the links, however many links lead there; links see
 * targets come and go.
 */
export class Links {
  readonly #surroundings: Surroundings
  readonly #cores: { plan: LinkPlan; core: LinkCore }[] = []
  readonly #targets: { plan: TargetPlan; target: Target }[] = []

  constructor(surroundings: Surroundings) {
    this.#surroundings = surroundings
    surroundings.scope.defer(() => {
      for (const { core } of this.#cores) core.close()
      for (const { target } of this.#targets) target.close()
    })
  }

  /** A replica can be reached from now on, by links of the transport that `via` stands for. */
  async targetUp(replica: string, via: { port: MessagePort } | { origin: string }): Promise<void> {
    const transport = 'port' in via ? 'channel' : 'http'
    const plan = allLinks(this.#surroundings.birth.plan)
      .flatMap(link => link.targets)
      .find(target => target.replica === replica && target.transport === transport)
    if (!plan) return
    const target = await this.#connect(plan, via)
    this.#targets.push({ plan, target })
    for (const link of this.#cores) if (leadsTo(link.plan, plan)) link.core.targetUp(target)
  }

  /** A replica has gone. */
  targetDown(replica: string): void {
    for (const { core } of this.#cores) core.targetDown(replica)
    const gone = this.#targets.filter(({ plan }) => plan.replica === replica)
    for (const one of gone) {
      one.target.close()
      this.#targets.splice(this.#targets.indexOf(one), 1)
    }
  }

  /** Builds a link with its tactics around it. */
  async open(plan: LinkPlan): Promise<Link> {
    const { self, clock, birth } = this.#surroundings
    const random = seededRandom(`${birth.plan.seed}/${self.replica}/${plan.address}`)
    const policy = POLICIES[plan.policy.name]
    if (!policy) throw new Error(`no policy is called ${plan.policy.name}`)
    const weights = new Map(plan.targets.map(target => [target.replica, target.weight]))
    const balancer = policy.create({
      settings: decodeSettings(policy.settings, plan.policy.settings),
      clock,
      random,
      weightOf: replica => weights.get(replica) ?? 1,
    })
    const memory = birth.meters[plan.address]
    if (!memory) throw new Error(`no memory for the meters of ${plan.address}`)
    const { count, gauge } = openMeters(memory, LINK_METERS)
    const core = new LinkCore({ plan, self: self.replica, clock, balancer, count, gauge })
    this.#cores.push({ plan, core })
    for (const one of this.#targets) if (leadsTo(plan, one.plan)) core.targetUp(one.target)
    const wraps = await this.wraps(plan.tactics)
    return {
      name: plan.name,
      call: compose(wraps, core.call),
      published: plan.published,
      targets: plan.targets.length,
      addresses: () => core.addresses(),
    }
  }

  /** The tactics of one place, outermost first, ready to be composed. */
  async wraps(plans: readonly TacticPlan[]): Promise<Wrap[]> {
    const wraps: Wrap[] = []
    for (const plan of plans) wraps.push(await this.#tactic(plan))
    return wraps
  }

  async #tactic(plan: TacticPlan): Promise<Wrap> {
    const definition = await loadDefinition<TacticDefinition>(plan.module)
    const links = new Map<string, Link>()
    for (const link of plan.links) links.set(link.name, await this.open(link))
    const wrap: Wrap = await definition.create({
      ...moduleContext(this.#surroundings, plan, definition.settings),
      link: (name: string) => links.get(name),
      address: plan.address,
      readText: (path: string) => readFileSync(resolve(this.#surroundings.birth.plan.folder, path), 'utf8'),
      shared: this.#surroundings.birth.shared[plan.address],
      reportOnly: plan.reportOnly,
    })
    if (!plan.match) return wrap
    const fits = compileMatch(plan.match)
    return next => {
      const wrapped = wrap(next)
      return request => (fits(request) ? wrapped(request) : next(request))
    }
  }

  async #connect(plan: TargetPlan, via: { port: MessagePort } | { origin: string }): Promise<Target> {
    const { self, birth, clock } = this.#surroundings
    const random = seededRandom(`${birth.plan.seed}/${self.replica}/to/${plan.replica}`)
    if ('port' in via) return new ChannelTarget(plan, via.port, { self: self.replica, random })
    // Loaded only where it is needed.
    const { HttpTarget } = await import('./link/http-target.ts')
    return new HttpTarget(plan, { self: self.replica, random, nowMs: () => clock.nowMs(), origin: via.origin })
  }
}

const leadsTo = (link: LinkPlan, to: TargetPlan): boolean =>
  link.targets.some(target => target.replica === to.replica && target.transport === to.transport)

/** A route: its link, and the reply it substitutes on success. */
export function openRoute(spec: RouteSpec, link: Link): Route {
  const { reply } = spec
  if (!reply) return { match: spec.match, call: link.call }
  const body = reply.json === undefined ? undefined : JSON.stringify(reply.json)
  const substitute = (from: Reply): Reply => {
    if (from.status < 200 || from.status > 299) return from
    if (body === undefined) return from.with({ status: reply.status })
    const headers = `${headerRemove(from.headers, 'content-type')}\ncontent-type: application/json`
    return new Reply(reply.status, headers, body, from.replica, from.timing)
  }
  const call: Handler = request => {
    const outcome = link.call(request)
    return outcome instanceof Promise ? outcome.then(substitute) : substitute(outcome)
  }
  return { match: spec.match, call }
}
