import type { ImpliedLinks } from '../called-names.ts'
import { didYouMean } from '../did-you-mean.ts'
import { applyPatch, patchOf } from '../patch.ts'
import type { Patch } from '../patch-run.ts'
import type { Problems } from '../problems.ts'
import { child, describe, type Entry, keysOf, type Mapping, quoted, type Tree, valueSpan } from '../tree.ts'
import { resolveWorkload } from '../workload/workload.ts'
import type { WorkloadSpec } from '../workload-spec.ts'
import type { SecretSlots } from './scope.ts'

/**
 * The workloads, and the outline of the sections that other commands read: of these only the names in them are checked here.
 * `folder` is the topology file's. Workloads with problems are left out.
 */
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
  checkOutline(problems, root, keysOf(child(root, 'workloads')))
  return workloads
}

function checkOutline(problems: Problems, root: Mapping, workloads: readonly string[]): void {
  for (const [path, scenario] of entriesOf(problems, root, 'scenarios')) {
    checkName(problems, scenario, 'stimulus', workloads, path)
  }
  for (const [path, experiment] of entriesOf(problems, root, 'experiments')) {
    checkName(problems, experiment, 'workload', workloads, path)
    const variants = experiment.entries.get('variants')
    if (variants && variants.value.type !== 'mapping') {
      const message = `must be a mapping of variants, not ${describe(variants.value)}`
      problems.error('TOPOLOGY_WRONG_TYPE', valueSpan(variants), `${path}.variants`, message)
    }
  }
}

function sectionOf(problems: Problems, root: Mapping, section: string): [string, Entry][] {
  const entry = root.entries.get(section)
  if (entry && entry.value.type !== 'mapping') {
    problems.error('TOPOLOGY_WRONG_TYPE', valueSpan(entry), section, `must be a mapping, not ${describe(entry.value)}`)
  }
  return mappingEntries(entry?.value)
}

function* entriesOf(problems: Problems, root: Mapping, section: string): Generator<[string, Mapping]> {
  for (const [name, one] of sectionOf(problems, root, section)) {
    const path = `${section}.${name}`
    if (one.value.type === 'mapping') yield [path, one.value]
    else problems.error('TOPOLOGY_WRONG_TYPE', valueSpan(one), path, `must be a mapping, not ${describe(one.value)}`)
  }
}

function checkName(problems: Problems, node: Mapping, key: string, known: readonly string[], path: string): void {
  const entry = node.entries.get(key)
  if (!entry) return
  const { value } = entry
  if (value.type !== 'scalar' || typeof value.value !== 'string') {
    const message = `must be the name of a workload, not ${describe(value)}`
    problems.error('TOPOLOGY_WRONG_TYPE', valueSpan(entry), `${path}.${key}`, message, didYouMean('', known))
  } else if (!known.includes(value.value)) {
    const hint = didYouMean(value.template === undefined ? value.value : '', known)
    problems.error(
      'TOPOLOGY_UNKNOWN_WORKLOAD',
      value.span,
      `${path}.${key}`,
      `no workload is called ${quoted(value)}`,
      hint,
    )
  }
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
