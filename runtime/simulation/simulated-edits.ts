import { allTactics, type HostPlan } from '../protocol.ts'
import { loadDefinition } from '../replica/load-definition.ts'
import { asSettled, stepsBetween } from '../supervisor/editing/steps.ts'
import { HostPlanner } from '../supervisor/plan.ts'
import type { Topology } from '../topology/topology.ts'
import { withMost } from './simulated-scaling.ts'

/** What the lab becomes by an edit, or why a simulation cannot carry it out. */
export type SimulatedEdit = { readonly topology: Topology; readonly plan: HostPlan } | { readonly reason: string }

/** The plan that a simulation begins with, and those of its edits. */
export interface SimulatedPlans {
  readonly plan: HostPlan
  readonly edits: readonly SimulatedEdit[]
}

/**
 * Plans a topology and what it will become by edits, one after the other. All plans have every replica that there will ever be, so
 * that no edit makes or ends one: those that do not run are drained.
 */
export async function planAll(topology: Topology, edits: readonly Topology[]): Promise<SimulatedPlans> {
  const planner = new HostPlanner()
  const all = [topology, ...edits]
  const plan = await planner.plan(withMost(topology, all))
  const planned: SimulatedEdit[] = []
  let before = plan
  for (const next of edits) {
    const gone = strangersIn(topology, next)
    if (gone.length > 0) planned.push({ reason: `components that come or go are not simulated: ${gone.join(', ')}` })
    else {
      const after = asSettled(before, await planner.plan(withMost(next, all)))
      if (isMoved(before, after)) planned.push({ reason: 'replicas that move to other threads are not simulated' })
      else {
        await loadModules(after)
        planned.push({ topology: next, plan: after })
        before = after
      }
    }
  }
  return { plan, edits: planned }
}

/** Replicas that change in place, and those that have to be restarted for it, by name. */
export interface Changes {
  readonly change: ReadonlySet<string>
  readonly restart: ReadonlySet<string>
}

/** What an edit does to the replicas of a plan, all of which stay. */
export function changesBetween(before: HostPlan, after: HostPlan): Changes {
  const { change, restart } = stepsBetween(before, after)
  return { change: new Set(change), restart: new Set(restart) }
}

/** Replicas that an edit starts, changes or stops, of those that ran before it and run after it. */
export function affectedIn(before: HostPlan, after: HostPlan, { change, restart }: Changes): string[] {
  const ran = new Set(before.replicas.map(({ replica }) => replica))
  const runs = after.replicas.map(({ replica }) => replica)
  const changed = runs.filter(name => !ran.has(name) || change.has(name) || restart.has(name))
  return [...changed, ...[...ran].filter(name => !runs.includes(name))]
}

/** Loads what an edit may need: loading takes time that does not pass in a simulation. */
async function loadModules({ replicas }: HostPlan): Promise<void> {
  const modules = replicas.flatMap(plan => [plan.module, ...allTactics(plan).map(tactic => tactic.module)])
  for (const module of new Set(modules)) await loadDefinition(module)
}

/** Components that only one of two topologies has. */
function strangersIn({ components: one }: Topology, { components: other }: Topology): string[] {
  const names = new Set([...Object.keys(one), ...Object.keys(other)])
  return [...names].filter(name => !one[name] || !other[name])
}

function isMoved(before: HostPlan, after: HostPlan): boolean {
  const homes = ({ threads }: HostPlan): string =>
    threads
      .flatMap(({ thread, replicas }) => replicas.map(replica => `${replica} in ${thread}`))
      .sort()
      .join()
  return homes(before) !== homes(after)
}
