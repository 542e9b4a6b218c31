import type { Section } from '../../report/parts/section.ts'
import { threeColumns } from '../../report/sections/comparison.ts'
import type { CompareResult } from '../result.ts'

/** What theory and simulation say of each variant, beside what was measured. */
export function modelsSection({ models }: CompareResult): Section {
  return {
    id: 'models',
    title: 'Theory, simulation and measurement',
    short: 'Theory and measurement',
    lead: 'Theory is worked out from the declared times, the simulation runs the same tactics in simulated time, and the measurement is the mean over the runs. Where they agree, the model explains why the variants differ; where they do not, something is at work that it leaves out.',
    body: models.map(({ arm, rows, remarks }, at) =>
      threeColumns(
        `models-${at}`,
        `${arm}, three ways; differences are shares of the theory’s or the simulation’s figure`,
        {
          comparison: rows,
          remarks,
        },
      ),
    ),
  }
}
