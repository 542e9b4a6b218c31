import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { POLICIES } from '../balancing/catalog.ts'
import type { Balancer } from '../balancing/policy.ts'
import {
  compileMatch,
  decodeSettings,
  type Handler,
  headerRemove,
  type Link,
  type Match,
  Reply,
  type Route,
  seededRandom,
  sleep,
  type TacticDefinition,
  type Wrap,
} from '../kit/index.ts'
import { openMeters } from '../meters/index.ts'
import {
  allLinks,
  type Connection,
  type Disturbance,
  LINK_METERS,
  type LinkPlan,
  type ReplicaPlan,
  type TacticPlan,
  type TargetPlan,
} from '../protocol.ts'
import type { RouteSpec } from '../topology/topology.ts'
import type { Disturbed } from './disturbances.ts'
import { moduleContext, type Surroundings } from './instrument.ts'
import { ChannelTarget } from './link/channel-target.ts'
import { LinkCore, openRotation } from './link/link-core.ts'
import { OpenLink } from './link/open-link.ts'
import { SlowStart } from './link/slow-start.ts'
import type { Target } from './link/target.ts'
import { loadDefinition } from './load-definition.ts'
import { type Change, type Own, Pieces } from './pieces.ts'

/** How often a target that is not wanted any more is looked at. */
const IDLE_LOOK_MS = 100
/** How long calls to a replica that has gone as it should may still be under way, and how often they are looked at. */
const PART_MS = 1_000
const PART_STEP_MS = 5

/**
 * Everything a replica can call. One connection per replica behind the links, however many links lead there; links see
 * targets come and go.
 */
export class Links {
  #surroundings: Surroundings
  readonly #pieces: Pieces
  #links: ReadonlyMap<string, OpenLink> = new Map()
  /** Replicas that are about to go. */
  readonly #leaving = new Set<string>()
  readonly #targets: { plan: TargetPlan; target: Target }[] = []

  constructor(surroundings: Surroundings) {
    this.#surroundings = surroundings
    surroundings.scope.defer(() => {
      for (const { target } of this.#targets) target.close()
    })
    this.#pieces = new Pieces(surroundings.scope)
  }

  /** A change of what stands before and behind the links, or all of it `anew`; see `Pieces`. */
  change(anew = false): Change {
    return this.#pieces.change(anew)
  }

  /**
   * A replica can be reached from now on, by links of the transport that `via` stands for; where that was so before, it is
   * reached this way instead. `by` is the plan that it belongs to, which may be the one of an edit under way.
   */
  async targetUp({ replica, via }: Connection, by: ReplicaPlan = this.#surroundings.birth.plan): Promise<void> {
    const transport = 'port' in via ? 'channel' : 'http'
    const plan = allLinks(by)
      .flatMap(link => link.targets)
      .find(target => target.replica === replica && target.transport === transport)
    this.#leaving.delete(replica)
    if (!plan) return
    const target = await this.#connect(plan, via)
    const former = this.#targets.filter(one => keyOf(one.plan) === keyOf(plan))
    this.add(plan, target)
    for (const one of former) this.#letGo(one)
  }

  /** Links that lead to the replica call it this way from now on. */
  add(plan: TargetPlan, target: Target): void {
    this.#targets.push({ plan, target })
    for (const link of this.#links.values()) if (leadsTo(link.plan, plan)) link.core.targetUp(target)
  }

  /** The same for several at once, of which there may be thousands. */
  addAll(several: readonly { readonly plan: TargetPlan; readonly target: Target }[]): void {
    this.#targets.push(...several)
    for (const { plan, core } of this.#links.values()) {
      const wanted = new Set(plan.targets.map(keyOf))
      core.targetUp(...several.filter(one => wanted.has(keyOf(one.plan))).map(({ target }) => target))
    }
  }

  /** A replica is about to go: no more calls, but those under way may end. */
  targetLeaving(replica: string): void {
    this.#leaving.add(replica)
    this.#takeOut(replica)
  }

  #takeOut(replica: string): void {
    for (const { core } of this.#links.values()) core.targetDown(replica)
  }

  /**
   * A replica has gone. One that was known to leave has answered, but its replies may still be on their way, as may calls that
   * were sent before: resolves when they have come, or after a second.
   */
  async targetDown(replica: string): Promise<void> {
    this.#takeOut(replica)
    const gone = this.#targets.filter(({ plan }) => plan.replica === replica).map(({ target }) => target)
    for (const target of gone)
      this.#targets.splice(
        this.#targets.findIndex(one => one.target === target),
        1,
      )
    if (this.#leaving.delete(replica)) await this.#idle(gone)
    for (const target of gone) target.close()
  }

  async #idle(targets: readonly Target[]): Promise<void> {
    const { clock } = this.#surroundings
    const untilMs = clock.nowMs() + PART_MS
    while (targets.some(({ inFlight }) => inFlight > 0) && clock.nowMs() < untilMs) await sleep(clock, PART_STEP_MS)
  }

  /** Disturbs the calls of the link with this address, or not any more. */
  disturb(address: string, disturbance: Disturbance | null): void {
    this.#links.get(address)?.disturb(disturbance)
  }

  /** The links that there are from now on: those of `surroundings`, which `open` has made. */
  adopt(surroundings: Surroundings): void {
    this.#surroundings = surroundings
    const plans = allLinks(surroundings.birth.plan)
    const wanted = new Set(plans.map(link => link.address))
    this.#links = new Map([...this.#links].filter(([address]) => wanted.has(address)))
    for (const one of [...this.#targets]) {
      const callers = plans.filter(link => leadsTo(link, one.plan))
      for (const { address } of callers) this.#links.get(address)!.core.targetUp(one.target)
      if (callers.length === 0) this.#letGo(one)
    }
  }

  /** Nothing leads to the target any more; calls under way may end. */
  #letGo(one: { readonly plan: TargetPlan; readonly target: Target }): void {
    const { target } = one
    this.#targets.splice(this.#targets.indexOf(one), 1)
    const { clock, scope } = this.#surroundings
    const own = scope.child()
    own.defer(() => target.close())
    const look = (): void => {
      if (target.inFlight === 0) void own.close()
      else own.defer(clock.after(IDLE_LOOK_MS, look))
    }
    look()
  }

  /** Builds a link with its tactics around it, of pieces that are there already where they fit. */
  async open(plan: LinkPlan, surroundings: Surroundings, change: Change): Promise<Link> {
    const { policy, slowStartMs, timeoutMs, outliers, healthCheck, panicRatio, path, to, transport } = plan
    const identity = { policy, slowStartMs, timeoutMs, outliers, healthCheck, panicRatio, path, to, transport }
    const core = await change.piece(plan.address, identity, own => this.#core(plan, surroundings, own))
    const wraps = await this.wraps(plan.tactics, surroundings, change)
    const known = this.#links.get(plan.address)
    const link = known ?? new OpenLink(this.#disturbed(plan.address))
    if (known) change.onCommit(() => link.set(plan, core, wraps))
    else {
      link.set(plan, core, wraps)
      this.#links = new Map([...this.#links, [plan.address, link]])
    }
    change.onCommit(() => core.retarget(plan.targets.map(target => target.replica)))
    return link.view(plan)
  }

  /** The tactics of one place, outermost first, ready to be composed. */
  async wraps(plans: readonly TacticPlan[], surroundings: Surroundings, change: Change): Promise<Wrap[]> {
    const wraps: Wrap[] = []
    for (const plan of plans) wraps.push(await this.#tactic(plan, surroundings, change))
    return wraps
  }

  /** A link's core. Who is out for its failures, and what the policy has learned, outlives an edit of anything else. */
  #core(plan: LinkPlan, surroundings: Surroundings, { scope, keep }: Own): LinkCore {
    const { self, clock, birth } = surroundings
    const memory = birth.meters[plan.address]
    if (!memory) throw new Error(`no memory for the meters of ${plan.address}`)
    const { count, gauge } = openMeters(memory, LINK_METERS)
    const { policy, slowStartMs, outliers, healthCheck, panicRatio, to, transport } = plan
    const balancer = keep('balancer', { policy, to, transport }, () => openBalancer(plan, surroundings))
    const rotation = keep('rotation', { outliers, healthCheck, panicRatio, to, transport }, own => {
      const opened = openRotation(plan, clock, { count, gauge })
      own.defer(() => opened.close())
      return opened
    })
    const slowly =
      slowStartMs > 0
        ? new SlowStart({
            windowMs: slowStartMs,
            clock,
            balancer,
            spare: openBalancer(plan, surroundings),
            joinedAtMs: replica => rotation.joinedAtMs(replica),
            weightOf: weightsIn(plan),
          })
        : undefined
    const core = new LinkCore({ plan, self: self.replica, clock, balancer: slowly ?? balancer, rotation, count })
    scope.defer(() => core.close())
    for (const one of this.#targets) if (leadsTo(plan, one.plan)) core.targetUp(one.target)
    return core
  }

  #disturbed(address: string): Disturbed {
    const { self, clock, birth } = this.#surroundings
    const random = seededRandom(`${birth.plan.seed}/${self.replica}/disturbance of ${address}`)
    return { replica: self.replica, clock, random }
  }

  async #tactic(plan: TacticPlan, surroundings: Surroundings, change: Change): Promise<Wrap> {
    const links = new Map<string, Link>()
    for (const link of plan.links) links.set(link.name, await this.open(link, surroundings, change))
    const { module, settings, scope, reportOnly, sharedBytes } = plan
    const published = plan.links.map(link => [link.name, link.published])
    const identity = { module, settings, scope, reportOnly, sharedBytes, published }
    const wrap = await change.piece(plan.address, identity, own => createTactic(plan, surroundings, own, links))
    return plan.match ? matching(wrap, plan.match) : wrap
  }

  async #connect(plan: TargetPlan, via: Connection['via']): Promise<Target> {
    const { self, birth, clock } = this.#surroundings
    const random = seededRandom(`${birth.plan.seed}/${self.replica}/to/${plan.replica}`)
    if ('port' in via) return new ChannelTarget(plan, via.port, { self: self.replica, random })
    // Loaded only where it is needed.
    const { HttpTarget } = await import('./link/http-target.ts')
    return new HttpTarget(plan, { self: self.replica, random, nowMs: () => clock.nowMs(), origin: via.origin })
  }
}

function openBalancer(plan: LinkPlan, { self, clock, birth }: Surroundings): Balancer {
  const policy = POLICIES[plan.policy.name]
  if (!policy) throw new Error(`no policy is called ${plan.policy.name}`)
  return policy.create({
    settings: decodeSettings(policy.settings, plan.policy.settings),
    clock,
    random: seededRandom(`${birth.plan.seed}/${self.replica}/${plan.address}`),
    weightOf: weightsIn(plan),
  })
}

/** The weight of each replica, by name. */
function weightsIn({ policy: { weights } }: LinkPlan): (replica: string) => number {
  return replica => weights[replica.slice(0, replica.lastIndexOf('/'))] ?? 1
}

async function createTactic(
  plan: TacticPlan,
  surroundings: Surroundings,
  own: Own,
  links: ReadonlyMap<string, Link>,
): Promise<Wrap> {
  const { birth, simulation } = surroundings
  const definition = await loadDefinition<TacticDefinition>(plan.module)
  const context = {
    ...moduleContext(surroundings, own, plan, definition.settings),
    link: (name: string) => links.get(name),
    address: plan.address,
    readText: (path: string) => readFileSync(resolve(birth.plan.folder, path), 'utf8'),
    shared: birth.shared[plan.address],
    reportOnly: plan.reportOnly,
  }
  return simulation && definition.simulate ? definition.simulate(context) : definition.create(context)
}

/** The tactic for requests that match; the others pass it by. */
function matching(wrap: Wrap, match: Match): Wrap {
  const fits = compileMatch(match)
  return next => {
    const wrapped = wrap(next)
    return request => (fits(request) ? wrapped(request) : next(request))
  }
}

const keyOf = ({ replica, transport }: TargetPlan): string => `${replica} ${transport}`

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
