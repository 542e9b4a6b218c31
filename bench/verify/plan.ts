import type { ScenarioSpec, Topology } from '@archlab/runtime/topology'
import { type LoadPlan, planLoad } from '../load/command/plan/load-plan.ts'

/** The load of a scenario. Its names have been checked with the topology, so there is always a plan. */
export function planOf({ stimulus }: ScenarioSpec, topology: Topology, seed: number): LoadPlan {
  const { plan, problems } = planLoad(
    {
      workload: stimulus,
      url: undefined,
      connections: undefined,
      rate: undefined,
      constant: false,
      requests: undefined,
      duration: undefined,
      warmup: undefined,
      timeout: undefined,
      method: undefined,
      headers: [],
      data: undefined,
      insecure: false,
      trace: undefined,
      thresholds: [],
      seed,
    },
    topology,
  )
  if (!plan) throw new Error(problems.map(({ message }) => message).join('; '))
  return plan
}
