import { covers, type WorkModel } from '../kit/index.ts'
import type { TacticSpec, Topology } from '../topology/topology.ts'
import type { Behaviours, Sends, Step } from './behaviour.ts'
import { sharesOf } from './graph.ts'
import { chooseEndpoint, classKey, type RequestClass } from './request-class.ts'

/** A component with one class of requests: what every request of the class makes it do. */
export interface CallState {
  readonly component: string
  readonly request: RequestClass
  /** Empty when no endpoint takes the class. */
  readonly steps: readonly ResolvedStep[]
  /** False when the component answers that nothing lives there. */
  readonly answered: boolean
  /** Components that tactics before the component ask, with the mean number of passes for one request. */
  readonly asked: ReadonlyMap<string, number>
}

/** A step whose calls lead to states. */
export type ResolvedStep = { readonly chance: number } & (
  | WorkModel
  | {
      readonly type: 'call'
      readonly link: string
      readonly targets: readonly { readonly state: number; readonly share: number }[]
      /** As in `CallState`, of the link's tactics, for one call. */
      readonly asked: ReadonlyMap<string, number>
      /** What the link is called with; its tactics see this request. */
      readonly sent: RequestClass
      readonly failure?: number
    }
  | { readonly type: 'parallel'; readonly branches: readonly (readonly ResolvedStep[])[] }
  | { readonly type: 'end'; readonly status?: number }
)

/**
 * Everything that requests to a topology lead to, each pair of component and request class once, however many ways lead
 * there. States are numbered in the order in which they are found.
 */
export class CallStates {
  readonly #topology: Topology
  readonly #behaviours: Behaviours
  readonly #numbers = new Map<string, number>()
  readonly #found: { component: string; request: RequestClass }[] = []
  readonly #states: CallState[] = []

  constructor(topology: Topology, behaviours: Behaviours) {
    this.#topology = topology
    this.#behaviours = behaviours
  }

  /** By number. */
  get all(): readonly CallState[] {
    return this.#states
  }

  /** The state of requests of a class to a component, and of everything that they lead to. */
  enter(component: string, request: RequestClass): number {
    const number = this.#number(component, request)
    // What is found is worked through one by one: a long chain must not be limited by the call stack.
    for (let at = this.#states.length; at < this.#found.length; at++) this.#states.push(this.#resolve(this.#found[at]!))
    return number
  }

  #number(component: string, request: RequestClass): number {
    const key = `${component} ${classKey(request)}`
    const known = this.#numbers.get(key)
    if (known !== undefined) return known
    const number = this.#found.push({ component, request }) - 1
    this.#numbers.set(key, number)
    return number
  }

  #resolve({ component, request }: { component: string; request: RequestClass }): CallState {
    const chosen = chooseEndpoint(this.#behaviours.get(component)!.endpoints, request)
    return {
      component,
      request,
      steps: chosen?.endpoint.steps.map(step => this.#step(step, chosen.request)) ?? [],
      answered: chosen !== null,
      asked: this.#asked(this.#topology.components[component]!.tactics, request),
    }
  }

  #step(step: Step, request: RequestClass): ResolvedStep {
    if (step.type === 'parallel') {
      return { ...step, branches: step.branches.map(branch => branch.map(one => this.#step(one, request))) }
    }
    if (step.type !== 'call') return step
    const { link } = step
    const sent = sentOver(step.sends, request)
    const arriving = link.path === null ? sent : { ...sent, path: link.path }
    return {
      type: 'call',
      chance: step.chance,
      link: link.name,
      targets: [...sharesOf(this.#topology, link)].map(([target, share]) => ({
        state: this.#number(target, arriving),
        share,
      })),
      asked: this.#asked(link.tactics, sent),
      sent,
      ...(step.failure === undefined ? {} : { failure: step.failure }),
    }
  }

  #asked(tactics: readonly TacticSpec[], request: RequestClass): ReadonlyMap<string, number> {
    const asked = new Map<string, number>()
    for (const tactic of tactics) {
      if (tactic.match !== null && !covers(tactic.match, request)) continue
      for (const link of tactic.links) {
        for (const [target, share] of sharesOf(this.#topology, link)) {
          asked.set(target, (asked.get(target) ?? 0) + share)
        }
      }
    }
    return asked
  }
}

/** What a call hands to its link; the link's `path` then replaces the path. */
function sentOver(sends: Sends, arrived: RequestClass): RequestClass {
  if (sends === 'same') return arrived
  return sends === 'unknown' ? { method: '*', path: '/', certain: false } : { ...sends, certain: true }
}
