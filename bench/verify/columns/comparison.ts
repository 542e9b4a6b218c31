import {
  figuresOf,
  type MeasureSpec,
  type MeasureUnit,
  type ScenarioSpec,
  type Topology,
} from '@archlab/runtime/topology'
import { measureName } from '../measure-name.ts'
import type { Cell, ComparisonRow, Estimate } from '../result.ts'

/** A measure of the whole run, with its unit. */
export interface Measured {
  readonly measure: MeasureSpec
  readonly unit: MeasureUnit
}

/** One way to get a figure. */
export type Column = (measured: Measured) => Cell

/** A column without any figure; why, is said once and not in every cell. */
export const emptyColumn: Column = () => ({ value: null, interval: null, note: null })

/** What was measured, as a column. */
export const measuredColumn =
  (estimate: (measured: Measured) => Estimate): Column =>
  measured => {
    const { value, interval, note } = estimate(measured)
    return { value, interval, note: value === null ? note : null }
  }

export interface Columns {
  readonly theory: Column
  readonly simulation: Column
  readonly measurement: Column
}

/** The three columns, a row for each measure. */
export function compared(measures: readonly Measured[], { theory, simulation, measurement }: Columns): ComparisonRow[] {
  return measures.map(measured => ({
    measure: measureName(measured.measure),
    unit: measured.unit,
    theory: theory(measured),
    simulation: simulation(measured),
    measurement: measurement(measured),
  }))
}

const STATISTICS = ['mean', 'p50', 'p95', 'p99'] as const

/** What is compared of every scenario: latencies, rates and errors, how busy components are, and what it expects. */
export async function measuresOf(scenario: ScenarioSpec, topology: Topology): Promise<Measured[]> {
  const { requests } = topology.workloads[scenario.stimulus]!
  const names = requests.length > 1 ? [null, ...requests.map(({ name }) => name)] : [null]
  const times = names.flatMap(request =>
    STATISTICS.map(
      (statistic): Measured => ({
        measure: { type: 'time', clock: 'latency', statistic, request },
        unit: 'ms',
      }),
    ),
  )
  const arrivals = (which: 'replied' | 'errors', unit: MeasureUnit): Measured => ({
    measure: { type: 'arrivals', which: { type: which }, request: null },
    unit,
  })
  const components = await Promise.all(
    Object.values(topology.components).map(async (spec): Promise<Measured> => {
      const meters = (await figuresOf(spec)).get('utilisation') ?? null
      return { measure: { type: 'utilisation', component: spec.name, meters }, unit: 'ratio' }
    }),
  )
  const expected = scenario.expect.filter(({ phase }) => phase === null)
  const all = [...times, arrivals('replied', 'perSecond'), arrivals('errors', 'ratio'), ...components, ...expected]
  const seen = new Set<string>()
  return all.flatMap(({ measure, unit }) => {
    const key = `${measureName(measure)} ${unit}`
    if (seen.has(key)) return []
    seen.add(key)
    return [{ measure, unit }]
  })
}
