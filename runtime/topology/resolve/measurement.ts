import type { ImpliedLinks } from '../called-names.ts'
import { resolveExperiment } from '../experiment/experiment.ts'
import type { ExperimentSpec } from '../experiment-spec.ts'
import { applyPatch, patchOf } from '../patch.ts'
import type { Patch } from '../patch-run.ts'
import type { Problems } from '../problems.ts'
import { child, describe, type Entry, keysOf, type Mapping, type Tree, valueSpan } from '../tree.ts'
import { resolveWorkload } from '../workload/workload.ts'
import type { WorkloadSpec } from '../workload-spec.ts'
import type { SecretSlots } from './scope.ts'

/** The workloads; those with problems are left out. `folder` is the topology file's. */
export function resolveMeasurement(
  problems: Problems,
  secrets: SecretSlots,
  root: Mapping,
  folder: string,
): Record<string, WorkloadSpec> {
  const scope = { problems, secrets, components: child(root, 'components'), folder }
  const workloads: Record<string, WorkloadSpec> = {}
  for (const [name, entry] of sectionOf(problems, root, 'workloads')) {
    const workload = resolveWorkload(scope, name, entry)
    if (workload) workloads[name] = workload
  }
  return workloads
}

/** The experiments; those with problems are left out. `specs` are the workloads that are sound. */
export function resolveExperiments(
  problems: Problems,
  secrets: SecretSlots,
  root: Mapping,
  specs: Readonly<Record<string, WorkloadSpec>>,
): Record<string, ExperimentSpec> {
  const scope = { problems, secrets, components: child(root, 'components'), folder: '.' }
  const names = { workloads: keysOf(child(root, 'workloads')), specs }
  const experiments: Record<string, ExperimentSpec> = {}
  for (const [name, entry] of sectionOf(problems, root, 'experiments')) {
    const experiment = resolveExperiment(scope, name, entry, names)
    if (experiment) experiments[name] = experiment
  }
  return experiments
}

/** The entries of a top-level section; none, and a problem, when it is no mapping. */
export function sectionOf(problems: Problems, root: Mapping, section: string): [string, Entry][] {
  const entry = root.entries.get(section)
  if (entry && entry.value.type !== 'mapping') {
    problems.error('TOPOLOGY_WRONG_TYPE', valueSpan(entry), section, `must be a mapping, not ${describe(entry.value)}`)
  }
  return mappingEntries(entry?.value)
}

/** A variant of an experiment: the tree with its patches applied. */
export interface Variant {
  readonly path: string
  readonly tree: Tree
}

/** Applies every variant; problems of the patches themselves are reported. Variants that fail are left out. */
export function variantsOf(problems: Problems, root: Mapping, implied: ImpliedLinks): Variant[] {
  const found: Variant[] = []
  for (const [experiment, { value }] of mappingEntries(child(root, 'experiments'))) {
    for (const [name, variant] of mappingEntries(child(value, 'variants'))) {
      const path = `experiments.${experiment}.variants.${name}`
      const tree = applyVariant(problems, root, variant, path, implied)
      if (tree) found.push({ path, tree })
    }
  }
  return found
}

/** Applies the patches of one variant; `undefined` after a problem. */
export function applyVariant(
  problems: Problems,
  root: Mapping,
  variant: Entry,
  path: string,
  implied: ImpliedLinks,
): Tree | undefined {
  const { value } = variant
  if (value.type === 'scalar' && value.value === null) return root
  if (value.type !== 'mapping') {
    const message = `must be a mapping of patches, not ${describe(value)}`
    problems.error('TOPOLOGY_WRONG_TYPE', valueSpan(variant), path, message, 'write { components.api.replicas: 4 }')
    return undefined
  }
  let tree: Tree | undefined = root
  for (const [target, entry] of value.entries) {
    const patch: Patch = patchOf(target, entry)
    tree = tree && applyPatch(tree, patch, problems, implied)
  }
  return tree
}

function mappingEntries(node: Tree | undefined): [string, Entry][] {
  return node?.type === 'mapping' ? [...node.entries] : []
}
