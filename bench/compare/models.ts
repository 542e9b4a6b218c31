import type { ComparedSpec, Topology } from '@archlab/runtime/topology'
import type { LoadPlan } from '../load/command/plan/load-plan.ts'
import { type ModelsWanted, modelsOf } from '../verify/columns/models.ts'
import { overRuns } from '../verify/judge.ts'
import type { Cell } from '../verify/result.ts'
import type { ArmModels, CompareResult } from './result.ts'

/** A variant, and its load. */
export interface ModelledArm {
  readonly name: string
  readonly topology: Topology
  readonly plan: LoadPlan
}

/** What theory and simulation say of each variant, beside its runs; rows are the measures that variants are compared by. */
export async function withModels(
  result: CompareResult,
  measures: readonly ComparedSpec[],
  arms: readonly ModelledArm[],
  wanted: ModelsWanted,
  stop: AbortSignal,
): Promise<CompareResult> {
  if (!wanted.theory && !wanted.simulation) return result
  const models: ArmModels[] = []
  for (const { name, topology, plan } of arms) {
    const { theory, simulation, remarks } = await modelsOf({ topology, plan, environment: [], stop }, wanted)
    const rows = measures.map(one => ({
      ...{ measure: one.expression, unit: one.unit },
      theory: theory(one),
      simulation: simulation(one),
      measurement: measurementOf(result, name, one),
    }))
    models.push({ arm: name, rows, remarks })
  }
  return { ...result, models }
}

/** The mean over the runs of a variant. */
function measurementOf({ measures }: CompareResult, arm: string, { expression }: ComparedSpec): Cell {
  const values = measures.find(({ measure }) => measure.expression === expression)?.values[arm] ?? []
  if (values.length === 0) return { value: null, interval: null, note: 'no run can be used' }
  const { value, interval } = overRuns(
    values.map(one => ({ value: one, interval: null, samples: 1, note: one === null ? 'a run has no value' : null })),
  )
  return { value, interval, note: null }
}
