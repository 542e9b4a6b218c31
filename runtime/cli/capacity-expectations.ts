import { ArchlabError } from '../kit/index.ts'
import { didYouMean, type Topology } from '../topology/index.ts'
import type { CapacityOptions } from './compare-options.ts'

/** What has to hold, and under which workload. */
export interface Expectations {
  readonly workload: string | undefined
  readonly texts: readonly string[]
}

/**
 * The expectations of a scenario, or of the command line. Of a scenario those count that are about a whole run and the clients:
 * events of the environment do not happen here. Throws CLI_USAGE where there are none and `needed`.
 */
export function expectationsOf(
  { scenarios }: Topology,
  scenario: string | undefined,
  { expect, workload }: Pick<CapacityOptions, 'expect' | 'workload'>,
  needed: boolean,
): Expectations {
  const names = Object.keys(scenarios)
  if (scenario !== undefined && !Object.hasOwn(scenarios, scenario)) {
    const hint = didYouMean(scenario, names, 'the topology has none; give --expect')
    throw new ArchlabError('CLI_USAGE', `no scenario is called "${scenario}"`, { hint })
  }
  const chosen = scenario === undefined ? undefined : scenarios[scenario]
  const declared = (chosen?.expect ?? []).filter(
    ({ measure, phase }) => phase === null && (measure.type === 'time' || measure.type === 'arrivals'),
  )
  const texts = [...declared.map(({ expression }) => expression), ...expect]
  if (needed && texts.length === 0) {
    const hint = "name a scenario, or give --expect 'p95 < 50ms'"
    throw new ArchlabError('CLI_USAGE', 'nothing is expected, so every rate would do', { hint })
  }
  return { workload: workload ?? chosen?.stimulus, texts }
}
