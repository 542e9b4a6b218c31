import { allTactics, type ReplicaPlan } from '../protocol.ts'

/**
 * Replicas of one thread that an uncaught error may come from: those whose modules its stack names, else those with a
 * module in a folder that it names. Empty when that says nothing: no stack, or a code that all of them run.
 */
export function suspectsOf(stack: string | undefined, plans: readonly ReplicaPlan[]): string[] {
  if (stack === undefined) return []
  const running = (place: (module: string) => string): string[] =>
    plans.filter(plan => modulesOf(plan).some(module => stack.includes(place(module)))).map(plan => plan.replica)
  const byModule = running(module => module)
  const suspects = byModule.length > 0 ? byModule : running(module => new URL('.', module).href)
  return suspects.length < plans.length ? suspects : []
}

function modulesOf(plan: ReplicaPlan): string[] {
  return [plan.module, ...allTactics(plan).map(tactic => tactic.module)]
}
