import { matchText } from '../kit/index.ts'
import type { CallState, ResolvedStep } from './call-states.ts'

/** A call that its target answers with "nothing lives there". */
export interface Unanswered {
  readonly from: string
  readonly to: string
  /** Name of the link in its component. */
  readonly link: string
  /** What is sent. */
  readonly request: string
}

/** Calls that no endpoint of their target takes, each once. `show` hides what is secret in a request. */
export function unansweredCalls(states: readonly CallState[], show: (text: string) => string): Unanswered[] {
  const found = new Map<string, Unanswered>()
  const visit = (from: string, steps: readonly ResolvedStep[]): void => {
    for (const step of steps) {
      if (step.type === 'parallel') for (const branch of step.branches) visit(from, branch)
      if (step.type !== 'call') continue
      for (const target of step.targets) {
        const { answered, component: to, request } = states[target.state]!
        if (answered) continue
        const call = { from, to, link: step.link, request: show(matchText(request)) }
        found.set(JSON.stringify(call), call)
      }
    }
  }
  for (const { component, steps } of states) visit(component, steps)
  return [...found.values()]
}
