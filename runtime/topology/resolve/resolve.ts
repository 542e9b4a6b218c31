import { dirname } from 'node:path'
import type { ImpliedLinks } from '../called-names.ts'
import { TOPOLOGY_SETTINGS } from '../common-settings.ts'
import type { Definitions } from '../definitions.ts'
import { deepFreeze } from '../freeze.ts'
import type { Problems } from '../problems.ts'
import { resolveScenarios } from '../scenario/scenarios.ts'
import type { Topology, Transport } from '../topology.ts'
import { child, describe, type Entry, keysOf, type Mapping, type Tree, toPlain, valueSpan } from '../tree.ts'
import { type ResolvedComponent, resolveComponent } from './component.ts'
import { checkCycles } from './graph.ts'
import { checkIsolation } from './isolation.ts'
import type { Edge } from './links.ts'
import { checkPorts, type PortUse } from './listen.ts'
import { resolveExperiments, resolveMeasurement } from './measurement.ts'
import type { Machine, Resolution, SecretSlots } from './scope.ts'
import { checkSettings } from './settings.ts'
import { resolveThreads } from './threads.ts'

/** What a resolution starts from, besides the text. */
export interface ResolveContext {
  /** Absolute path of the file. */
  readonly file: string
  /** The topology's name when it gives none. */
  readonly name: string
  readonly seed: number | undefined
  readonly definitions: Definitions
  readonly machine: Machine
  readonly implied: ImpliedLinks
  /** The tree is not as it stands in the file: patches of `--set` or of a variant were applied. */
  readonly isPatched: boolean
  readText(path: string): string
}

/** Resolves names, links, ports and settings. The topology is `null` when parts of it could not be understood. */
export async function resolveTopology(
  tree: Tree,
  problems: Problems,
  context: ResolveContext,
): Promise<Topology | null> {
  if (tree.type !== 'mapping') {
    const hint = 'start with "components:" and one component below it'
    problems.error('TOPOLOGY_WRONG_TYPE', tree.span, '', `a topology is a mapping, not ${describe(tree)}`, hint)
    return null
  }
  const top = checkTop(problems, tree)
  const threads = resolveThreads(problems, top)
  const secrets: SecretSlots = new Map()
  const workloads = resolveMeasurement(problems, secrets, tree, dirname(context.file))
  const experiments = resolveExperiments(problems, secrets, tree, workloads)
  const components = tree.entries.get('components')
  if (components?.value.type !== 'mapping') {
    if (components) wrongComponents(problems, components)
    return null
  }
  if (components.value.entries.size === 0) {
    problems.error('TOPOLOGY_EMPTY', valueSpan(components), 'components', 'there is no component in it')
    return null
  }
  const componentNames = keysOf(components.value)
  const { definitions, machine } = context
  const transport = (text(top, 'transport') ?? 'auto') as Transport
  const { readText } = context
  const scope: Resolution = { problems, definitions, componentNames, secrets, machine, transport, readText }
  const resolved = await resolveAll(scope, components.value)
  const { implied, isPatched } = context
  const known = new Map(componentNames.map((name, at) => [name, resolved[at]!.spec]))
  const scenarios = await resolveScenarios(tree, {
    ...{ problems, secrets, implied, isPatched, workloads },
    components: known,
  })
  const specs = resolved.flatMap(({ spec }) => (spec ? [[spec.name, spec] as const] : []))
  if (specs.length < resolved.length || problems.hasErrors) return null
  const sections = { workloads, scenarios, experiments }
  return deepFreeze(assemble(top, { threads, components: Object.fromEntries(specs), ...sections }, context, secrets))
}

function wrongComponents(problems: Problems, entry: Entry): void {
  const message = `must be a mapping of components, not ${describe(entry.value)}`
  problems.error(
    'TOPOLOGY_WRONG_TYPE',
    valueSpan(entry),
    'components',
    message,
    'write components: { api: { kind: ... } }',
  )
}

/** The top-level keys; those that begin with `x-` are a place for anchors and ignored. */
function checkTop(problems: Problems, tree: Mapping): Mapping {
  const [first] = tree.entries.values()
  const entries = new Map([...tree.entries].filter(([key]) => !key.startsWith('x-')))
  const scope = { problems } as Resolution
  return checkSettings(scope, {
    what: 'a topology',
    node: { ...tree, entries },
    table: TOPOLOGY_SETTINGS,
    path: '',
    owner: first?.keySpan ?? tree.span,
    unknown: 'TOPOLOGY_UNKNOWN_KEY',
  }).node
}

async function resolveAll(scope: Resolution, components: Mapping): Promise<ResolvedComponent[]> {
  const resolved: ResolvedComponent[] = []
  const edges: Edge[] = []
  const ports: PortUse[] = []
  for (const [name, entry] of components.entries) {
    const one = await resolveComponent(scope, name, entry)
    resolved.push(one)
    edges.push(...one.edges)
    ports.push(...one.ports)
  }
  checkPorts(scope.problems, ports, scope.machine)
  checkCycles(scope.problems, scope.componentNames, edges)
  checkIsolation(
    scope.problems,
    resolved.flatMap(({ spec }) => spec ?? []),
    edges,
  )
  const reached = new Set(edges.map(edge => edge.to))
  for (const { spec, exposed } of resolved) {
    if (!spec || exposed || reached.has(spec.name)) continue
    const { keySpan } = components.entries.get(spec.name)!
    const message = `nothing can reach "${spec.name}": no component links to it, and it has no port`
    const path = `components.${spec.name}`
    scope.problems.warning('TOPOLOGY_UNREACHABLE', keySpan, path, message, 'give it a port, or link to it')
  }
  return resolved
}

function assemble(
  top: Mapping,
  resolved: Pick<Topology, 'threads' | 'components' | 'workloads' | 'scenarios' | 'experiments'>,
  context: ResolveContext,
  secrets: SecretSlots,
): Topology {
  const name = text(top, 'name')
  const seed = child(top, 'seed')
  const topology = {
    name: name ?? defaultName(context.name),
    file: context.file,
    seed: context.seed ?? (seed ? Number(toPlain(seed)) : 1),
    ...resolved,
  }
  return { ...topology, secrets: pointers(topology, secrets) }
}

/** The value of a top-level key, as text. */
function text(top: Mapping, key: string): string | undefined {
  const node = child(top, key)
  return node && String(toPlain(node))
}

function defaultName(file: string): string {
  const name = file
    .replace(/[^A-Za-z0-9._-]+/g, '-')
    .replace(/^[^A-Za-z0-9]+/, '')
    .slice(0, 63)
  return name === '' ? 'topology' : name
}

/** JSON pointers (RFC 6901) of the noted places. */
function pointers(topology: object, secrets: SecretSlots): string[] {
  const found: string[] = []
  const visit = (value: unknown, pointer: string): void => {
    if (typeof value !== 'object' || value === null) return
    const secret = secrets.get(value)
    for (const [key, inner] of Object.entries(value)) {
      const at = `${pointer}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`
      if (secret?.has(key)) found.push(at)
      else visit(inner, at)
    }
  }
  visit(topology, '')
  return found
}
