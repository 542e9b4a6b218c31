import { join } from 'node:path'
import { components } from '@archlab/components/catalog'
import { loadTopology, type Topology } from '@archlab/runtime/topology'
import { tactics } from '@archlab/tactics/catalog'
import { type LoadPlan, NO_OPTIONS, planLoad } from '../load/command/index.ts'
import { type Prediction, predict } from '../model/index.ts'
import { ROOT } from '../support/results.ts'

const FILE = join(ROOT, 'examples/mm1.yaml')
const EXPERIMENT = 'service-times'
/** The component that is measured; its workload has one kind of request. */
export const STATION = 'server'

/** A variant of the station at one utilisation. */
export interface StationCase {
  /** Of the experiment in examples/mm1.yaml. */
  readonly variant: string
  /** Offered load for each server, 0..1; with as many servers as are wanted the load of one. */
  readonly utilisation: number
}

/** A case with a seed, decided in everything. */
export interface PreparedRun {
  readonly topology: Topology
  readonly plan: LoadPlan
  readonly prediction: Prediction
}

export interface PrepareOptions {
  readonly seed: number
  readonly port: number
  /** Where the station writes its record. */
  readonly record: string
  /** How long requests arrive, or how many do: `8s`, or a count. */
  readonly length: { readonly duration: string } | { readonly requests: number }
  readonly set?: readonly string[]
}

/** Names of the variants, as they stand in the example. */
export async function variantNames(): Promise<readonly string[]> {
  const { experiments } = await read([], 1)
  return Object.keys(experiments[EXPERIMENT]!.variants)
}

/** The topology of a case, the load that gives its utilisation, and what theory says of both. */
export async function prepare({ variant, utilisation }: StationCase, options: PrepareOptions): Promise<PreparedRun> {
  const { seed, port, record, length, set = [] } = options
  const own = [`components.${STATION}.port=${port}`, `components.${STATION}.record=${record}`]
  const topology = await read([...set, ...own], seed, variant)
  const [workload] = Object.values(topology.workloads)
  const { stations } = await predict(topology, workload!)
  const { servers, serviceMs } = stations[0]!
  const perSecond = (utilisation * (servers ?? 1) * 1000) / serviceMs
  const plan = planOf(topology, perSecond, length)
  return { topology, plan, prediction: await predict(topology, plan.job.workload) }
}

async function read(set: readonly string[], seed: number, variant?: string): Promise<Topology> {
  const { topology, problems } = await loadTopology(FILE, {
    catalogs: { components, tactics },
    set,
    seed,
    env: {},
    ...(variant === undefined ? {} : { variant: { experiment: EXPERIMENT, variant } }),
  })
  if (!topology) throw new Error(`${FILE}: ${problems.map(({ message }) => message).join('; ')}`)
  return topology
}

function planOf(topology: Topology, perSecond: number, length: PrepareOptions['length']): LoadPlan {
  const text = (option: string, value: string) => ({ option, text: value })
  const { plan, problems } = planLoad(
    {
      ...NO_OPTIONS,
      rate: text('--rate', `${perSecond}/s`),
      requests: 'requests' in length ? text('--requests', String(length.requests)) : undefined,
      duration: 'duration' in length ? text('--duration', length.duration) : undefined,
      // Every job counts, from the first on: all clocks are compared over the same ones.
      warmup: text('--warmup', '0s'),
    },
    topology,
  )
  if (!plan) throw new Error(problems.map(({ message }) => message).join('; '))
  return plan
}
