import { ArchlabError } from '../../kit/index.ts'
import type { EditSteps, HostPlan } from '../../protocol.ts'
import { formatProblems, type LoadResult, redact, type Topology } from '../../topology/index.ts'
import type { HostPlanner } from '../plan.ts'
import { assertPortsFree } from '../ports.ts'
import { type Difference, differences } from './differences.ts'
import { compacted } from './patch-list.ts'
import { asSettled, stepsBetween } from './steps.ts'

/** Where a lab's topology comes from. */
export interface TopologySource {
  /** Reads it again, with patches (`path=value`) on top; from another file where one is named. */
  load(patches: readonly string[], file?: string): Promise<LoadResult>
}

/** What an edit changes. JSON-serialisable. */
export interface EditPlan {
  /** In the topology, without secrets. */
  readonly differences: readonly Difference[]
  /** In what runs. */
  readonly steps: EditSteps
}

/** An edit that is ready to be carried out. */
export interface PlannedEdit extends EditPlan {
  readonly topology: Topology
  readonly plan: HostPlan
}

/** Prepares edits of one lab. Keeps the patches that were given to it: they stay when the file is read again. */
export class Editor {
  readonly #planner: HostPlanner
  #source: TopologySource | undefined
  #patches: readonly string[] = []

  constructor(planner: HostPlanner) {
    this.#planner = planner
  }

  set source(source: TopologySource) {
    this.#source = source
  }

  /** The topology with further patches, `path=value` each. Throws an ArchlabError that says what is wrong with it. */
  async patched(patches: readonly string[]): Promise<Topology> {
    const all = compacted([...this.#patches, ...patches])
    const topology = await this.#load(all)
    this.#patches = all
    return topology
  }

  /** The topology from its file as it is now, with the patches so far. */
  reread(): Promise<Topology> {
    return this.#load(this.#patches)
  }

  /** The topology from another file; patches so far are forgotten. */
  async replaced(file: string): Promise<Topology> {
    const topology = await this.#load([], file)
    this.#patches = []
    return topology
  }

  /** What it takes to run `topology` in place of what runs. Rejects with an ArchlabError when a new port is taken. */
  async plan(topology: Topology, before: { topology: Topology; plan: HostPlan }): Promise<PlannedEdit> {
    const plan = asSettled(before.plan, await this.#planner.plan(topology))
    await assertPortsFree(topology, portsOf(before.topology))
    return { topology, plan, ...comparison(before.topology, topology), steps: stepsBetween(before.plan, plan) }
  }

  async #load(patches: readonly string[], file?: string): Promise<Topology> {
    if (!this.#source)
      throw new ArchlabError('OPERATION_FAILED', 'this lab does not know where its topology comes from')
    const { topology, problems, sources } = await this.#source.load(patches, file)
    if (topology) return topology
    const [first] = problems.filter(({ severity }) => severity === 'error')
    throw new ArchlabError(first!.code, formatProblems(problems, sources, { colour: false }).trim())
  }
}

/** How two topologies differ, in what a lab runs. */
export function comparison(before: Topology, after: Topology): { differences: Difference[] } {
  const system = (topology: Topology): unknown => {
    const { name, seed, threads, components } = redact(topology)
    return { name, seed, threads, components }
  }
  return { differences: differences(system(before), system(after)) }
}

const portsOf = (topology: Topology): Set<number> =>
  new Set(Object.values(topology.components).flatMap(({ listen }) => listen?.ports ?? []))
