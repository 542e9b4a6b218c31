import { ArchlabError } from '../../kit/index.ts'
import type { EditSteps, HostPlan } from '../../protocol.ts'
import { formatProblems, type LoadResult, redact, type Topology } from '../../topology/index.ts'
import type { Repeat } from '../event-log.ts'
import type { HostPlanner } from '../plan.ts'
import { assertPortsFree } from '../ports.ts'
import { type Difference, differences } from './differences.ts'
import { compacted } from './patch-list.ts'
import { asSettled, stepsBetween } from './steps.ts'

/** Where a lab's topology comes from. */
export interface TopologySource {
  /** Reads it again, with patches (`path=value`) on top; from another file, or from a text as if the file held it. */
  load(patches: readonly string[], file?: string, text?: string): Promise<LoadResult>
}

/** What an edit changes. JSON-serialisable. */
export interface EditPlan {
  /** In the topology, without secrets. */
  readonly differences: readonly Difference[]
  /** In what runs. */
  readonly steps: EditSteps
}

/** A topology that a lab is to become, and how that can be said again. */
export interface Wanted {
  readonly topology: Topology
  readonly repeat: Repeat
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
  /** Where the topology comes from; `undefined` for where the source says. */
  #file: string | undefined

  constructor(planner: HostPlanner) {
    this.#planner = planner
  }

  set source(source: TopologySource) {
    this.#source = source
  }

  /** The topology with further patches, `path=value` each. Throws an ArchlabError that says what is wrong with it. */
  async patched(patches: readonly string[]): Promise<Wanted> {
    const all = compacted([...this.#patches, ...patches])
    const { topology } = await this.#load(all, this.#file)
    this.#patches = all
    return { topology, repeat: { set: patches } }
  }

  /** The topology from its file as it is now, or as if it held `text`, with the patches so far. */
  async reread(given?: string): Promise<Wanted> {
    const { topology, text } = await this.#load(this.#patches, this.#file, given)
    return { topology, repeat: { save: topology.file, text } }
  }

  /** The topology from another file, which is its file from now on; patches so far are forgotten. */
  async replaced(file: string, given?: string): Promise<Wanted> {
    const { topology, text } = await this.#load([], file, given)
    this.#patches = []
    this.#file = file
    return { topology, repeat: { apply: file, text } }
  }

  /** What it takes to run `topology` in place of what runs. Rejects with an ArchlabError when a new port is taken. */
  async plan(topology: Topology, before: { topology: Topology; plan: HostPlan }): Promise<PlannedEdit> {
    const plan = asSettled(before.plan, await this.#planner.plan(topology))
    await assertPortsFree(topology, portsOf(before.topology))
    return { topology, plan, ...comparison(before.topology, topology), steps: stepsBetween(before.plan, plan) }
  }

  async #load(
    patches: readonly string[],
    file?: string,
    given?: string,
  ): Promise<{ topology: Topology; text: string }> {
    if (!this.#source)
      throw new ArchlabError('OPERATION_FAILED', 'this lab does not know where its topology comes from')
    const { topology, text, problems, sources } = await this.#source.load(patches, file, given)
    if (topology) return { topology, text: text! }
    const [first] = problems.filter(({ severity }) => severity === 'error')
    throw new ArchlabError(first!.code, formatProblems(problems, sources, { colour: false }).trim())
  }
}

/** An event names so many places of the topology that an edit changed. */
const DIFFERENCES_LOGGED_MAX = 20

/** What an event says of an edit. */
export function editFields({ differences }: EditPlan, { repeat, topology }: Wanted): Record<string, unknown> {
  const from = 'set' in repeat ? { set: repeat.set } : { apply: topology.file }
  const changed = differences.slice(0, DIFFERENCES_LOGGED_MAX).map(({ path }) => path)
  return { ...from, changed, differences: differences.length }
}

/** How two topologies differ, in what a lab runs. */
export function comparison(before: Topology, after: Topology): { differences: Difference[] } {
  const system = ({ name, seed, threads, components }: Topology): unknown => ({ name, seed, threads, components })
  return { differences: differences(system(redact(before)), system(redact(after, before))) }
}

const portsOf = (topology: Topology): Set<number> =>
  new Set(Object.values(topology.components).flatMap(({ listen }) => listen?.ports ?? []))
