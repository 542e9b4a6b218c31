import { basename } from 'node:path'
import { ArchlabError } from '../kit/index.ts'
import { didYouMean, type ExperimentSpec, redact, type Topology, textWithoutSecrets } from '../topology/index.ts'
import type { ArmOptions } from './compare-options.ts'
import { readTopology } from './topology-options.ts'

/** A variant, checked. */
export interface ComparedArm {
  readonly name: string
  readonly topology: Topology
  /** `path = value`, secrets left out. */
  readonly patches: readonly string[]
}

/** What is to be compared. */
export interface ComparedArms {
  readonly arms: readonly ComparedArm[]
  /** The experiment that they come from; `null` for those of the command line. */
  readonly experiment: ExperimentSpec | null
}

/** A single variant is compared with the topology as it is. */
const AS_IT_IS = 'as it is'

/** The variants that a command line means; `null` (and exit code 2) after a problem, which is told. Throws for wrong usage. */
export async function readArms(names: readonly string[], options: ArmOptions): Promise<ComparedArms | null> {
  if (names.length === 2) return ofFiles(names, options)
  if (options.a.length > 0 || options.b.length > 0) return ofPatches(options, { a: options.a, b: options.b })
  if (options.without !== undefined) {
    const patch = `tactics.${options.without}=off`
    return ofPatches(options, { [`without ${options.without}`]: [patch], [`with ${options.without}`]: [] })
  }
  return ofExperiment(names[0], options)
}

async function ofFiles(files: readonly string[], options: ArmOptions): Promise<ComparedArms | null> {
  const names = files.map(file => basename(file).replace(/\.ya?ml$/, ''))
  const unique = names[0] === names[1] ? files : names
  const arms: ComparedArm[] = []
  for (const [at, file] of files.entries()) {
    const topology = await readTopology({ ...options, file })
    if (!topology) return null
    arms.push({ name: unique[at]!, topology, patches: options.set.map(textWithoutSecrets) })
  }
  return { arms, experiment: null }
}

async function ofPatches(
  options: ArmOptions,
  patches: Readonly<Record<string, readonly string[]>>,
): Promise<ComparedArms | null> {
  const arms: ComparedArm[] = []
  for (const [name, own] of Object.entries(patches)) {
    const topology = await readTopology({ ...options, set: [...options.set, ...own] })
    if (!topology) return null
    arms.push({ name, topology, patches: own.map(patch => textWithoutSecrets(patch).replace('=', ' = ')) })
  }
  return { arms, experiment: null }
}

async function ofExperiment(asked: string | undefined, options: ArmOptions): Promise<ComparedArms | null> {
  const base = await readTopology(options)
  if (!base) return null
  const known = Object.keys(base.experiments)
  const name = asked ?? (known.length === 1 ? known[0]! : undefined)
  if (name === undefined || !Object.hasOwn(base.experiments, name)) {
    const hint = didYouMean(name ?? '', known, '--without TACTIC, or --a PATCH and --b PATCH, need no experiment')
    const which = known.length === 0 ? 'the topology has no experiment' : `which experiment: ${known.join(', ')}?`
    throw new ArchlabError('CLI_USAGE', name === undefined ? which : `no experiment is called "${name}"`, { hint })
  }
  const experiment = base.experiments[name]!
  const shown = redact(base).experiments[name]!
  const arms: ComparedArm[] = []
  for (const variant of Object.keys(experiment.variants)) {
    const topology = await readTopology({ ...options, variant: { experiment: name, variant } })
    if (!topology) return null
    const patches = Object.entries(shown.variants[variant]!)
    arms.push({ name: variant, topology, patches: patches.map(([path, value]) => `${path} = ${wordOf(value)}`) })
  }
  if (arms.length === 1) arms.unshift({ name: AS_IT_IS, topology: base, patches: [] })
  return { arms, experiment }
}

const wordOf = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value))
