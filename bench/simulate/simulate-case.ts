import { components } from '@archlab/components/catalog'
import { loadTopology, type Topology } from '@archlab/runtime/topology'
import { tactics } from '@archlab/tactics/catalog'
import { type LoadPlan, NO_OPTIONS, planLoad } from '../load/command/index.ts'
import { type TheoryCase, topologyOf } from './cases.ts'
import type { Estimate, SimulationResult } from './result.ts'
import { simulate } from './simulate.ts'

/** What a system is asked in a run. */
export interface RunOptions {
  readonly set?: readonly string[]
  readonly rate?: string | undefined
  /** So many in all; as the workload says where it is left out. */
  readonly requests?: number
  /** Runs at once. */
  readonly threads?: number
  readonly hopCostMs?: number
}

/** A system and its only workload: each call simulates it, once or with as many seeds as are asked for from `seed` on. */
export async function simulator(
  file: string,
  options: RunOptions,
): Promise<(seed: number, replications?: number) => Promise<SimulationResult>> {
  const { set = [], hopCostMs = 0, threads } = options
  const { topology, problems } = await loadTopology(file, { catalogs: { components, tactics }, set, env: {} })
  if (!topology) throw new Error(`${file}: ${problems.map(({ message }) => message).join('; ')}`)
  return (seed, replications = 1) =>
    simulate({
      plan: planOf(topology, options, seed),
      topology,
      hopCostMs,
      replications,
      ...(threads === undefined ? {} : { threads }),
    })
}

function planOf(topology: Topology, { rate, requests }: RunOptions, seed: number): LoadPlan {
  const { plan, problems } = planLoad(
    {
      ...NO_OPTIONS,
      rate: rate === undefined ? undefined : { option: '--rate', text: rate },
      requests: requests === undefined ? undefined : { option: '--requests', text: String(requests) },
      seed,
    },
    topology,
  )
  if (!plan) throw new Error(problems.map(({ message }) => message).join('; '))
  return plan
}

/** A case, to be simulated with seeds. */
export const simulatorOf = (one: TheoryCase): ReturnType<typeof simulator> => simulator(topologyOf(one), one)

/** What a run says of the measure that a case is about. */
export function estimateOf(
  { measure, request }: TheoryCase,
  { estimates }: Pick<SimulationResult, 'estimates'>,
): Estimate {
  const found = estimates.find(one => one.measure === measure && one.request === (request ?? null))
  if (!found) throw new Error(`nothing was measured of ${measure}`)
  return found
}

/** Whether a run's own interval holds what theory says. */
export const covers = ({ interval }: Estimate, theory: number): boolean =>
  interval !== null && interval.low <= theory && theory <= interval.high
