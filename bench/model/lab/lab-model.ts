import {
  behavioursOf,
  type CallState,
  CallStates,
  graphOf,
  type RequestClass,
  type ResolvedStep,
  relationOf,
  sharesOf,
} from '@archlab/runtime/graph'
import {
  type ComponentDefinition,
  covers,
  decodeSettings,
  type Match,
  parseMatch,
  type RoomModel,
  type TacticDefinition,
  type TacticEffect,
} from '@archlab/runtime/kit'
import type { LinkSpec, TacticSpec, Topology, WorkloadSpec } from '@archlab/runtime/topology'

/** A state that a call or a tactic leads to, and the share of the requests that goes there. */
export interface Target {
  readonly state: number
  readonly share: number
}

/** A tactic where it stands, with what it does and whom it asks. */
export interface Place {
  readonly spec: TacticSpec
  readonly component: string
  /** `null` when its definition does not tell. */
  readonly effects: readonly TacticEffect[] | null
  /** Replicas that count each for themselves; 1 where they share a count. */
  readonly copies: number
  /** By setting and request: the states that it asks. */
  readonly asks: ReadonlyMap<string, readonly Target[]>
}

/** A link with the tactics before it. */
export interface LinkPlace {
  readonly spec: LinkSpec
  readonly places: readonly Place[]
}

/** One kind of request of the workload. */
export interface Class {
  readonly name: string
  readonly share: number
  readonly state: number
  readonly request: RequestClass
}

/** Everything that a workload's requests lead to, and what stands in their way. */
export interface LabModel {
  readonly topology: Topology
  readonly workload: WorkloadSpec
  readonly classes: readonly Class[]
  readonly states: readonly CallState[]
  /** Components; callers come before callees. */
  readonly order: readonly string[]
  readonly statesOf: ReadonlyMap<string, readonly number[]>
  /** Tactics before each component. */
  readonly inbound: ReadonlyMap<string, readonly Place[]>
  /** By address. */
  readonly links: ReadonlyMap<string, LinkPlace>
  /** Room for entries, of the components whose kind tells. */
  readonly rooms: ReadonlyMap<string, RoomModel>
  /** Components that requests reach and whose kind does not tell how long its work takes. */
  readonly untimed: readonly string[]
}

/** Reads what the modules of a topology declare. Throws a RangeError for a workload whose target is not in the topology. */
export async function labModel(topology: Topology, workload: WorkloadSpec): Promise<LabModel> {
  if (!('entry' in workload.target))
    throw new RangeError(`${workload.name} is for a URL, and no component of the topology`)
  const { entry } = workload.target
  const behaviours = await behavioursOf(topology)
  const states = new CallStates(topology, behaviours)
  const weights = workload.requests.map(({ weight, count }) => count ?? weight)
  const whole = weights.reduce((sum, weight) => sum + weight, 0)
  const classes = workload.requests.map(({ name, request }, at) => {
    const arriving = { ...classOf(request), certain: true }
    return { name, share: weights[at]! / whole, state: states.enter(entry, arriving), request: arriving }
  })
  const effects = await effectsOf(topology)
  const builder = new PlaceBuilder(topology, states, effects)
  builder.build()
  const order = relationOf(graphOf(topology))
  const statesOf = new Map<string, number[]>(order.names.map(name => [name, []]))
  for (const [at, state] of states.all.entries()) statesOf.get(state.component)!.push(at)
  return {
    topology,
    workload,
    classes,
    states: states.all,
    order: order.order.map(at => order.names[at]!),
    statesOf,
    inbound: builder.inbound,
    links: builder.links,
    rooms: await roomsOf(topology),
    untimed: order.names.filter(name => statesOf.get(name)!.length > 0 && !behaviours.get(name)!.modelled),
  }
}

/** A request of a workload as a class: without its query, and `{key}` as a parameter. */
export function classOf({ method, path }: { method: string; path: string }): Match {
  return { method, path: path.replace(/[?#].*$/s, '').replaceAll(/\{([^}]+)\}/g, ':$1') }
}

async function roomsOf(topology: Topology): Promise<Map<string, RoomModel>> {
  const rooms = new Map<string, RoomModel>()
  for (const { name, module, settings } of Object.values(topology.components)) {
    const definition: ComponentDefinition = (await import(module)).default
    const room = definition.room?.(decodeSettings(definition.settings, settings))
    if (room) rooms.set(name, room)
  }
  return rooms
}

type Effects = ReadonlyMap<TacticSpec, readonly TacticEffect[] | null>

async function effectsOf(topology: Topology): Promise<Effects> {
  const effects = new Map<TacticSpec, readonly TacticEffect[] | null>()
  for (const component of Object.values(topology.components)) {
    for (const spec of [...component.tactics, ...component.links.flatMap(link => link.tactics)]) {
      const definition: TacticDefinition = (await import(spec.module)).default
      effects.set(spec, definition.model?.(decodeSettings(definition.settings, spec.settings)) ?? null)
    }
  }
  return effects
}

/** Finds the tactics on the ways of all states. What they ask are states too, which may be on the way of others. */
class PlaceBuilder {
  readonly inbound = new Map<string, readonly Place[]>()
  readonly links = new Map<string, LinkPlace>()
  readonly #topology: Topology
  readonly #states: CallStates
  readonly #effects: Effects

  constructor(topology: Topology, states: CallStates, effects: Effects) {
    this.#topology = topology
    this.#states = states
    this.#effects = effects
  }

  build(): void {
    // The list grows while it is walked.
    for (let at = 0; at < this.#states.all.length; at++) {
      const { component, request } = this.#states.all[at]!
      const { tactics, links, replicas } = this.#topology.components[component]!
      if (!this.inbound.has(component)) {
        this.inbound.set(
          component,
          tactics.map(spec => this.#place(spec, component, replicas)),
        )
        for (const spec of links) {
          this.links.set(spec.address, { spec, places: spec.tactics.map(one => this.#place(one, component, replicas)) })
        }
      }
      for (const place of this.inbound.get(component)!) this.#reach(place, request)
      this.#reachLinks(component, this.#states.all[at]!.steps)
    }
  }

  #reachLinks(component: string, steps: readonly ResolvedStep[]): void {
    for (const step of steps) {
      if (step.type === 'parallel') for (const branch of step.branches) this.#reachLinks(component, branch)
      if (step.type !== 'call') continue
      const link = this.#topology.components[component]!.links.find(one => one.name === step.link)!
      for (const place of this.links.get(link.address)!.places) this.#reach(place, step.sent)
    }
  }

  #place(spec: TacticSpec, component: string, replicas: number): Place {
    const copies = spec.scope === 'component' ? 1 : replicas
    return { spec, component, effects: this.#effects.get(spec)!, copies, asks: new Map() }
  }

  /** Enters the states that the tactic asks about a request. */
  #reach(place: Place, request: RequestClass): void {
    const asks = place.asks as Map<string, readonly Target[]>
    for (const { setting, sent } of questionsOf(place, request)) {
      const key = questionKey(setting, sent)
      const link = place.spec.links.find(one => one.name === setting)
      if (!link || asks.has(key)) continue
      const arriving = link.path === null ? sent : { ...sent, path: link.path }
      const shares = [...sharesOf(this.#topology, link)]
      asks.set(
        key,
        shares.map(([target, share]) => ({ state: this.#states.enter(target, { ...arriving, certain: true }), share })),
      )
    }
  }
}

/** What a tactic may ask about a request, and the setting that names whom. */
function questionsOf({ spec, effects }: Place, request: RequestClass): { setting: string; sent: Match }[] {
  if (!passes(spec, request)) return []
  return (effects ?? []).flatMap(effect => {
    if (effect.type === 'ask') return [{ setting: effect.setting, sent: { method: effect.method, path: effect.path } }]
    if (effect.type === 'divert') return [{ setting: effect.setting, sent: request }]
    if (effect.type !== 'keep' || effect.store === null) return []
    const { setting, read, write } = effect.store
    return [read, write].map(text => ({ setting, sent: parseMatch(text) as Match }))
  })
}

/** Whether the requests of a class are the tactic's business. */
export const passes = ({ match }: TacticSpec, request: Match): boolean => match === null || covers(match, request)

/** The key of a question in `Place.asks`. */
export const questionKey = (setting: string, { method, path }: Match): string => `${setting} ${method} ${path}`
