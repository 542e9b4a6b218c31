import { predict } from '../../model/index.ts'
import { type Column, emptyColumn, measuredColumn } from './comparison.ts'
import { type HopTimes, type Modelled, type Simulated, simulateLoad } from './simulation.ts'
import { theoryColumn } from './theory.ts'

/** What is wanted beside a measurement. */
export interface ModelsWanted extends HopTimes {
  readonly theory: boolean
  readonly simulation: boolean
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
