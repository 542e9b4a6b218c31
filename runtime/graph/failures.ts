import type { CallState, ResolvedStep } from './call-states.ts'

/**
 * What fails when every replica of one component is dead: probabilities by state. A link passes over a dead target, so a call
 * fails only when no target is left, or when the one chosen fails in turn; a failed call fails its caller. Tactics that would
 * mend it (a retry elsewhere, a fallback, a cache) are not counted: this is what they have to mend.
 */
export class FailureModel {
  readonly #states: readonly CallState[]
  readonly #callers: readonly (readonly number[])[]
  readonly #ofComponent = new Map<string, number[]>()
  /** Place of each state in an order in which callers come before callees. */
  readonly #place: readonly number[]

  /** `order`: callers before callees. */
  constructor(states: readonly CallState[], order: readonly number[]) {
    this.#states = states
    const callers = states.map(() => new Set<number>())
    for (const [at, state] of states.entries()) {
      for (const callee of calleesOf(state.steps)) callers[callee]!.add(at)
      const list = this.#ofComponent.get(state.component)
      if (list) list.push(at)
      else this.#ofComponent.set(state.component, [at])
    }
    this.#callers = callers.map(set => [...set])
    const place = states.map(() => 0)
    for (const [at, state] of order.entries()) place[state] = at
    this.#place = place
  }

  /** Probability that a request of a state fails while `component` is dead, by state; states that never fail are left out. */
  without(component: string): ReadonlyMap<number, number> {
    const failing = new Map<number, number>()
    // Only what leads to the component can fail.
    const touched = new Set(this.#ofComponent.get(component) ?? [])
    // A set may grow while it is walked.
    for (const at of touched) for (const caller of this.#callers[at]!) touched.add(caller)
    const calleesFirst = [...touched].sort((left, right) => this.#place[right]! - this.#place[left]!)
    const callFails = (targets: Targets): number => {
      const alive = targets.filter(({ state }) => this.#states[state]!.component !== component)
      const whole = alive.reduce((sum, { share }) => sum + share, 0)
      if (whole === 0) return 1
      return alive.reduce((sum, { state, share }) => sum + (share / whole) * (failing.get(state) ?? 0), 0)
    }
    for (const at of calleesFirst) {
      const { component: own, steps } = this.#states[at]!
      const fails = own === component ? 1 : scriptOutcome(steps, callFails).fails
      if (fails > 0) failing.set(at, fails)
    }
    return failing
  }
}

type Targets = (ResolvedStep & { type: 'call' })['targets']

/** Probabilities that a script fails, and that it comes to its end without having failed or ended before. */
function scriptOutcome(
  steps: readonly ResolvedStep[],
  callFails: (targets: Targets) => number,
): { fails: number; goesOn: number } {
  let fails = 0
  let goesOn = 1
  for (const step of steps) {
    const reached = goesOn * step.chance
    if (step.type === 'end') goesOn -= reached
    else if (step.type === 'call') {
      const failed = reached * callFails(step.targets)
      fails += failed
      goesOn -= failed
    } else if (step.type === 'parallel') {
      const branches = step.branches.map(branch => scriptOutcome(branch, callFails))
      fails += reached * (1 - branches.reduce((product, branch) => product * (1 - branch.fails), 1))
      goesOn += reached * (branches.reduce((product, branch) => product * branch.goesOn, 1) - 1)
    }
  }
  return { fails, goesOn }
}

function* calleesOf(steps: readonly ResolvedStep[]): Iterable<number> {
  for (const step of steps) {
    if (step.type === 'call') for (const { state } of step.targets) yield state
    if (step.type === 'parallel') for (const branch of step.branches) yield* calleesOf(branch)
  }
}
