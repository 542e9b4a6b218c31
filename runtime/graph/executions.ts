import type { CallState, ResolvedStep } from './call-states.ts'

/** What one request of a state does on average, the calls that it leads to included. */
interface Outcome {
  /** Expected number of requests to other states, for one. */
  readonly calls: readonly Weighted[]
  /** The same on the critical path. */
  readonly critical: readonly Weighted[]
  /** Expected passes of tactics that may ask a component. */
  readonly asked: ReadonlyMap<string, number>
  /** Mean time of the component's own work on the critical path. */
  readonly ownMs: number
  /** Mean time on the critical path. */
  readonly meanMs: number
  /** Components on the longest way of calls on the critical path. */
  readonly hops: number
}

interface Weighted {
  readonly state: number
  readonly expected: number
}

/** What one request to an entry makes the lab do. */
export interface Executions {
  /** Expected requests that each component takes, by name, in the order of the file; those that take none are left out. */
  readonly perComponent: Readonly<Record<string, number>>
  /** Their sum, the entry's own included. */
  readonly total: number
  /** Expected passes, by component, of tactics that may ask it. */
  readonly asked: Readonly<Record<string, number>>
  readonly criticalPath: CriticalPath
}

/** What one request to an endpoint of an entry makes the lab do. */
export interface EndpointFigures extends Executions {
  readonly entry: string
  /** Which requests: `GET /data`, or `/*` for all. */
  readonly request: string
}

/** The way that decides how long a request takes; of several parallel branches the one with the largest mean. */
export interface CriticalPath {
  /** Sum of means, in milliseconds. */
  readonly meanMs: number
  /** From the entry, at each component on to the call that takes longest. */
  readonly chain: readonly string[]
  /** What each component's own work adds to `meanMs`, by name; zeroes are left out. */
  readonly ownMs: Readonly<Record<string, number>>
}

/**
 * Expected executions and critical paths. Each state is worked out once, callees first; a request then flows down the
 * states, callers first. So the cost grows with the number of states and calls, not with the number of ways.
 */
export class ExecutionModel {
  readonly #states: readonly CallState[]
  readonly #outcomes: Outcome[] = []
  /** Callers come before callees. */
  readonly #order: readonly number[]
  readonly #names: readonly string[]

  /** `names` is the order of components in what comes out. */
  constructor(states: readonly CallState[], order: readonly number[], names: readonly string[]) {
    this.#states = states
    this.#order = order
    this.#names = names
    for (const at of [...order].reverse()) this.#outcomes[at] = this.#outcome(states[at]!)
  }

  /** What one request to a state does. */
  from(state: number): Executions {
    const visits = this.#flow(state, outcome => outcome.calls)
    const onPath = this.#flow(state, outcome => outcome.critical)
    const perComponent = new Map<string, number>()
    const asked = new Map<string, number>()
    const ownMs = new Map<string, number>()
    for (const at of this.#order) {
      const outcome = this.#outcomes[at]!
      const { component } = this.#states[at]!
      if (visits[at]! > 0) {
        add(perComponent, component, visits[at]!)
        for (const [name, passes] of outcome.asked) add(asked, name, visits[at]! * passes)
      }
      if (onPath[at]! * outcome.ownMs > 0) add(ownMs, component, onPath[at]! * outcome.ownMs)
    }
    const total = [...perComponent.values()].reduce((sum, one) => sum + one, 0)
    const criticalPath = {
      meanMs: tidy(this.#outcomes[state]!.meanMs),
      chain: this.#chain(state),
      ownMs: this.#byName(ownMs),
    }
    return { perComponent: this.#byName(perComponent), total: tidy(total), asked: this.#byName(asked), criticalPath }
  }

  #flow(from: number, callsOf: (outcome: Outcome) => readonly Weighted[]): Float64Array {
    const visits = new Float64Array(this.#states.length)
    visits[from] = 1
    for (const at of this.#order) {
      if (visits[at] === 0) continue
      for (const { state, expected } of callsOf(this.#outcomes[at]!)) visits[state]! += visits[at]! * expected
    }
    return visits
  }

  #chain(from: number): string[] {
    const chain = [this.#states[from]!.component]
    for (let at = from; ; ) {
      const next = this.#longest(this.#outcomes[at]!.critical)
      if (next === undefined) return chain
      at = next.state
      chain.push(this.#states[at]!.component)
    }
  }

  /** The calls that take most time; of several that take none, those that lead on furthest. */
  #longest(calls: readonly Weighted[]): Weighted | undefined {
    let longest: Weighted | undefined
    const rank = ({ state, expected }: Weighted): [number, number] => {
      const { meanMs, hops } = this.#outcomes[state]!
      return [expected * meanMs, hops]
    }
    for (const call of calls) {
      if (!longest || isLonger(rank(call), rank(longest))) longest = call
    }
    return longest
  }

  #outcome(state: CallState): Outcome {
    const script = this.#script(state.steps)
    const asked = new Map(state.asked)
    for (const [name, passes] of script.asked) add(asked, name, passes)
    return {
      calls: weighted(script.calls),
      critical: weighted(script.critical),
      asked,
      ownMs: script.ownMs,
      meanMs: script.meanMs,
      hops: 1 + script.hops,
    }
  }

  /** Steps one after the other; each is reached only when none before has ended the script. */
  #script(steps: readonly ResolvedStep[]): Script {
    const script = emptyScript()
    for (const step of steps) {
      const reached = script.goesOn * step.chance
      if (step.type === 'end') script.goesOn -= reached
      else if (step.type === 'work') {
        if (step.background) continue
        script.ownMs += reached * step.meanMs
        script.meanMs += reached * step.meanMs
      } else if (step.type === 'call') this.#call(script, step, reached)
      else this.#parallel(script, step.branches, step.chance)
    }
    return script
  }

  #call(script: Script, step: ResolvedStep & { type: 'call' }, reached: number): void {
    for (const { state, share } of step.targets) {
      const expected = reached * share
      if (expected === 0) continue
      const { meanMs, hops } = this.#outcomes[state]!
      add(script.calls, state, expected)
      add(script.critical, state, expected)
      script.meanMs += expected * meanMs
      script.hops = Math.max(script.hops, hops)
    }
    for (const [name, passes] of step.asked) add(script.asked, name, reached * passes)
  }

  /** All branches are executed; the longest decides the time. The script goes on when no branch has ended it. */
  #parallel(script: Script, branches: readonly (readonly ResolvedStep[])[], chance: number): void {
    const reached = script.goesOn * chance
    if (reached === 0) return
    let longest = emptyScript()
    let goesOn = 1
    for (const branch of branches.map(steps => this.#script(steps))) {
      for (const [state, expected] of branch.calls) add(script.calls, state, reached * expected)
      for (const [name, passes] of branch.asked) add(script.asked, name, reached * passes)
      if (isLonger([branch.meanMs, branch.hops], [longest.meanMs, longest.hops])) longest = branch
      goesOn *= branch.goesOn
    }
    for (const [state, expected] of longest.critical) add(script.critical, state, reached * expected)
    script.ownMs += reached * longest.ownMs
    script.meanMs += reached * longest.meanMs
    script.hops = Math.max(script.hops, longest.hops)
    script.goesOn *= 1 - chance + chance * goesOn
  }

  #byName(amounts: ReadonlyMap<string, number>): Record<string, number> {
    return Object.fromEntries(
      this.#names.flatMap(name => {
        const amount = amounts.get(name) ?? 0
        return amount > 0 ? [[name, tidy(amount)]] : []
      }),
    )
  }
}

/** Sums over steps; `goesOn` is the probability that what follows is reached. */
interface Script {
  calls: Map<number, number>
  critical: Map<number, number>
  asked: Map<string, number>
  ownMs: number
  meanMs: number
  hops: number
  goesOn: number
}

const emptyScript = (): Script => ({
  calls: new Map(),
  critical: new Map(),
  asked: new Map(),
  ownMs: 0,
  meanMs: 0,
  hops: 0,
  goesOn: 1,
})

const isLonger = (left: readonly [number, number], right: readonly [number, number]): boolean =>
  left[0] === right[0] ? left[1] > right[1] : left[0] > right[0]

function add<Key>(sums: Map<Key, number>, key: Key, amount: number): void {
  sums.set(key, (sums.get(key) ?? 0) + amount)
}

const weighted = (sums: ReadonlyMap<number, number>): Weighted[] =>
  [...sums].map(([state, expected]) => ({ state, expected }))

/** Without the noise of binary fractions, such as 0.30000000000000004; what is beyond all numbers as the largest. */
function tidy(value: number): number {
  return Number.isInteger(value) ? value : Math.min(Number(value.toPrecision(12)), Number.MAX_VALUE)
}
