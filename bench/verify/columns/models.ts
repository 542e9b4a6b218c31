import type { EnvironmentEvent, Topology } from '@archlab/runtime/topology'
import type { LoadPlan } from '../../load/command/plan/load-plan.ts'
import { predict } from '../../model/index.ts'
import { type Column, emptyColumn, measuredColumn } from './comparison.ts'
import { type Simulated, simulateLoad } from './simulation.ts'
import { theoryColumn } from './theory.ts'

/** What is wanted beside a measurement. */
export interface ModelsWanted {
  readonly theory: boolean
  readonly simulation: boolean
  /** CPU time of every simulated request at every replica, beside what is declared. */
  readonly hopCostMs: number
  /** Simulated time from replica to replica, one way. */
  readonly hopTimeMs: number
}

/** A load, and what is done to the lab meanwhile. */
export interface Modelled {
  readonly topology: Topology
  readonly plan: LoadPlan
  readonly environment: readonly EnvironmentEvent[]
  readonly stop: AbortSignal
}

/** Theory and simulation, as columns beside the measurement. */
export interface Models {
  readonly theory: Column
  readonly simulation: Column
  readonly simulated: Simulated | null
  /** What they leave out, or warn of: a sentence each. */
  readonly remarks: readonly string[]
}

/** Theory and simulation of a load. One that cannot be had says why, and keeps nobody from the measurement. */
export async function modelsOf(modelled: Modelled, wanted: ModelsWanted): Promise<Models> {
  const remarks: string[] = []
  const attempt = async <Result>(name: string, isWanted: boolean, make: () => Promise<Result>) => {
    if (!isWanted) return null
    try {
      return await make()
    } catch (error) {
      remarks.push(`${name}: not modelled, ${(error as Error).message}`)
      return null
    }
  }
  const { topology, plan, environment } = modelled
  const theory = await attempt('Theory', wanted.theory, async () => {
    if (environment.length > 0) throw new Error('it knows nothing of what is done to a lab')
    const prediction = await predict(topology, plan.shown)
    remarks.push(...prediction.warnings.map(warning => `Theory: ${warning}`))
    return theoryColumn(prediction)
  })
  const simulated = await attempt('Simulation', wanted.simulation, () => simulateLoad(modelled, wanted))
  if (simulated) remarks.push(...simulated.remarks.map(remark => `Not simulated: ${remark}`))
  return {
    theory: theory ?? emptyColumn,
    simulation: simulated ? measuredColumn(one => simulated.estimate({ ...one, phase: null })) : emptyColumn,
    simulated,
    remarks,
  }
}
