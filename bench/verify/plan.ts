import type { ScenarioSpec, Topology } from '@archlab/runtime/topology'
import { type LoadPlan, planLoad } from '../load/command/plan/load-plan.ts'
import { NO_OPTIONS } from '../load/command/plan/options.ts'

/** The load of a scenario. Its names have been checked with the topology, so there is always a plan. */
export function planOf({ stimulus }: ScenarioSpec, topology: Topology, seed: number): LoadPlan {
  const { plan, problems } = planLoad(
    {
      ...NO_OPTIONS,
      workload: stimulus,
      seed,
    },
    topology,
  )
  if (!plan) throw new Error(problems.map(({ message }) => message).join('; '))
  return plan
}
