import type { ImpliedLinks } from '../called-names.ts'
import type { Problems } from '../problems.ts'
import { sectionOf } from '../resolve/measurement.ts'
import type { SecretSlots } from '../resolve/scope.ts'
import type { ScenarioSpec } from '../scenario-spec.ts'
import type { ComponentSpec } from '../topology.ts'
import { child, keysOf, type Mapping } from '../tree.ts'
import type { WorkloadSpec } from '../workload-spec.ts'
import { figuresOf } from './figures.ts'
import { resolveScenario, type ScenarioScope } from './scenario.ts'

/** What scenarios are about. */
export interface ScenarioContext {
  readonly problems: Problems
  readonly secrets: SecretSlots
  readonly implied: ImpliedLinks
  /** A scenario that does not fit is left out with a warning: the file was patched, and the patch may be why. */
  readonly isPatched: boolean
  readonly workloads: Readonly<Record<string, WorkloadSpec>>
  readonly components: ReadonlyMap<string, ComponentSpec | null>
}

/** `scenarios:` by name. Those with problems are left out. */
export async function resolveScenarios(root: Mapping, context: ScenarioContext): Promise<Record<string, ScenarioSpec>> {
  const { problems, secrets, implied, isPatched, workloads, components } = context
  const found: Record<string, ScenarioSpec> = {}
  const section = sectionOf(problems, root, 'scenarios')
  if (section.length === 0) return found
  // Settings with problems, which have been told, cannot be read; then nobody knows the figures.
  const figures = (spec: ComponentSpec) =>
    figuresOf(spec).catch(error => (problems.hasErrors ? null : Promise.reject(error)))
  const known: ScenarioScope['figures'] = new Map(
    await Promise.all([...components].map(async ([name, spec]) => [name, spec && (await figures(spec))] as const)),
  )
  const workloadNames = keysOf(child(root, 'workloads'))
  const shared = {
    secrets,
    components: child(root, 'components'),
    folder: '',
    workloads,
    workloadNames,
    figures: known,
  }
  for (const [name, entry] of section) {
    const own = isPatched ? problems.fork() : problems
    const scope = { ...shared, problems: own, lab: { root, components, implied } }
    const scenario = resolveScenario(scope, name, entry)
    if (scenario) found[name] = scenario
    if (!isPatched || !own.hasErrors) continue
    const message = 'does not fit the patched topology, and is left out'
    const hint = `archlab check without the patch; or: ${own.sorted([])[0]!.message}`
    problems.warning('TOPOLOGY_SCENARIO_UNFIT', entry.keySpan, `scenarios.${name}`, message, hint)
  }
  return found
}
