import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { ArchlabError, type ComponentDefinition, decodeSettings, type TacticDefinition } from '../kit/index.ts'
import type { MeterNames } from '../meters/index.ts'
import { sourcesOf } from '../own-modules/own-modules.ts'
import type { HostPlan, LinkPlan, ListenPlan, ReplicaPlan, TacticPlan, TargetPlan } from '../protocol.ts'
import type { ComponentSpec, LinkSpec, TacticSpec, Topology } from '../topology/topology.ts'
import { levelsOf } from './levels.ts'
import { assignThreads, replicaNames } from './threads.ts'

/** Turns a topology into what a host has to run: definitions consulted, targets, ports and secrets decided. */
export function planHost(topology: Topology, stateFolder?: string): Promise<HostPlan> {
  return new HostPlanner(stateFolder).plan(topology)
}

/** What a component's replicas share, and what it was made of. */
interface Prepared {
  readonly from: unknown
  readonly shared: { prepared?: unknown; published?: unknown }
}

/** Plans one topology after the other for the same lab: what was decided once stays so, as long as its component does. */
export class HostPlanner {
  readonly #stateFolder: string | undefined
  readonly #linkToken = randomBytes(24).toString('base64url')
  #prepared: ReadonlyMap<string, Prepared> = new Map()

  /** `stateFolder` is by default the one of the topology's name. */
  constructor(stateFolder?: string) {
    this.#stateFolder = stateFolder
  }

  async plan(topology: Topology): Promise<HostPlan> {
    const planner = new Planner(topology, this.#stateFolder ?? stateFolderOf(topology), this.#linkToken)
    this.#prepared = await planner.prepare(this.#prepared)
    const components = Object.values(topology.components)
    return {
      lab: topology.name,
      replicas: components.flatMap(component => planner.replicasOf(component)),
      threads: assignThreads(topology),
      levels: levelsOf(topology),
    }
  }
}

/**
 * Where a lab's components keep what outlives it: `.archlab/<name of the topology>` below the folder in which the lab is
 * started, or below the one that the environment variable ARCHLAB_STATE names.
 */
export function stateFolderOf(topology: Topology): string {
  return resolve(process.env.ARCHLAB_STATE || '.archlab', topology.name)
}

class Planner {
  readonly #topology: Topology
  readonly #folder: string
  readonly #stateFolder: string
  readonly #definitions = new Map<string, ComponentDefinition | TacticDefinition>()
  readonly #prepared = new Map<string, Prepared>()
  readonly #linkToken: string
  /** Components that some link reaches over HTTP. */
  readonly #reachedByHttp = new Set<string>()

  constructor(topology: Topology, stateFolder: string, linkToken: string) {
    this.#linkToken = linkToken
    this.#topology = topology
    this.#folder = dirname(topology.file)
    this.#stateFolder = stateFolder
  }

  /** Imports every module and lets components make what their replicas share, unless it is among `before`. */
  async prepare(before: ReadonlyMap<string, Prepared>): Promise<ReadonlyMap<string, Prepared>> {
    for (const component of Object.values(this.#topology.components)) {
      const definition = await this.#define<ComponentDefinition>(component.module)
      if (definition.prepare) {
        const from = { module: component.module, settings: component.settings }
        const known = before.get(component.name)
        const same = known && isDeepStrictEqual(known.from, from)
        this.#prepared.set(
          component.name,
          same ? known : { from, shared: await this.#prepareOne(component, definition) },
        )
      }
      for (const link of allLinks(component)) {
        for (const tactic of link.tactics) await this.#define(tactic.module)
        for (const name of link.to) if (this.#transport(link, component, name) === 'http') this.#reachedByHttp.add(name)
      }
      for (const tactic of component.tactics) await this.#define(tactic.module)
    }
    return this.#prepared
  }

  async #prepareOne(component: ComponentSpec, definition: ComponentDefinition) {
    const settings = decodeSettings(definition.settings, component.settings)
    const readText = (path: string): string => readFileSync(resolve(this.#folder, path), 'utf8')
    const folders = { folder: this.#folder, stateFolder: this.#stateFolder }
    try {
      return await definition.prepare!({ settings, component: component.name, ...folders, readText })
    } catch (cause) {
      const message = `${component.name} could not be prepared: ${(cause as Error).message}`
      throw new ArchlabError('LAB_START_FAILED', message, { cause })
    }
  }

  replicasOf(component: ComponentSpec): ReplicaPlan[] {
    const definition = this.#definition<ComponentDefinition>(component.module)
    const common = {
      component: component.name,
      replicas: component.replicas,
      kind: component.kind,
      module: component.module,
      sources: sourcesOf(modulesOf(component)),
      settings: component.settings,
      prepared: this.#prepared.get(component.name)?.shared.prepared,
      fixed: definition.fixed ?? [],
      transparent: definition.transparent === true,
      meters: meterNames(definition),
      linkToken: this.#linkToken,
      access: component.access,
      bodyLimitBytes: component.bodyLimitBytes,
      limits: component.limits,
      drainTimeoutMs: component.drainTimeoutMs,
      tactics: component.tactics.map(tactic => this.#tactic(tactic, component)),
      links: component.links.map(link => this.#link(link, component)),
      host: hostOf(component),
      routes: component.routes,
      seed: String(this.#topology.seed),
      folder: this.#folder,
    }
    return replicaNames(component).map((replica, index) => ({
      ...common,
      replica,
      index,
      listen: this.#listen(component, index),
    }))
  }

  /** The declared port, and where `http` links need one, a private port of the replica's own. */
  #listen(component: ComponentSpec, index: number): ListenPlan[] {
    const byHttp = this.#reachedByHttp.has(component.name)
    const plans: ListenPlan[] = []
    if (component.listen) {
      const { host, ports, shared } = component.listen
      const port = shared ? ports[0]! : ports[index]!
      // Shared also by a lone replica, and so not its own: others may join it while it runs.
      plans.push({ host, port, shared, direct: !shared })
    }
    if (byHttp && !plans.some(plan => plan.direct)) {
      plans.push({ host: '127.0.0.1', port: 0, shared: false, direct: true })
    }
    return plans
  }

  #tactic(spec: TacticSpec, owner: ComponentSpec): TacticPlan {
    const definition = this.#definition<TacticDefinition>(spec.module)
    const settings = decodeSettings(definition.settings, spec.settings)
    const isShared = spec.scope === 'component'
    return {
      ...spec,
      links: spec.links.map(link => this.#link(link, owner)),
      meters: meterNames(definition),
      sharedBytes: isShared ? (definition.sharedBytes?.(settings) ?? 0) : 0,
      sharedLayout: isShared ? (definition.sharedLayout?.(settings) ?? spec.settings) : null,
    }
  }

  #link(spec: LinkSpec, owner: ComponentSpec): LinkPlan {
    return {
      ...spec,
      tactics: spec.tactics.map(tactic => this.#tactic(tactic, owner)),
      targets: spec.to.flatMap(name => this.#targets(spec, owner, this.#topology.components[name]!)),
      published: this.#prepared.get(spec.to[0]!)?.shared.published,
    }
  }

  /** `auto`: a channel where both ends are in one process; nothing else leads from one process to another than HTTP. */
  #transport(link: LinkSpec, owner: ComponentSpec, to: string): TargetPlan['transport'] {
    const isAcross = hostOf(owner) !== hostOf(this.#topology.components[to]!)
    return isAcross || link.transport === 'http' ? 'http' : 'channel'
  }

  #targets(link: LinkSpec, owner: ComponentSpec, component: ComponentSpec): TargetPlan[] {
    return replicaNames(component).map((replica, index) => ({
      replica,
      component: component.name,
      weight: link.policy.weights[component.name] ?? 1,
      transport: this.#transport(link, owner, component.name),
      linkToken: this.#linkToken,
      access: component.access,
      headLimitBytes: Math.min(component.limits.urlBytes, component.limits.headerBytes),
      address: addressOf(component, index),
    }))
  }

  #definition<D>(url: string): D {
    return this.#definitions.get(url) as D
  }

  async #define<D extends ComponentDefinition | TacticDefinition>(url: string): Promise<D> {
    const known = this.#definitions.get(url)
    if (known) return known as D
    const definition = (await import(url)).default as D
    this.#definitions.set(url, definition)
    return definition
  }
}

function meterNames(definition: ComponentDefinition | TacticDefinition): MeterNames {
  return { counters: Object.keys(definition.counters ?? {}), gauges: Object.keys(definition.gauges ?? {}) }
}

/** Every link of a component, those of tactics included, at any depth. */
function allLinks(component: ComponentSpec): LinkSpec[] {
  const ofTactic = (tactic: TacticSpec): LinkSpec[] => tactic.links.flatMap(withInner)
  const withInner = (link: LinkSpec): LinkSpec[] => [link, ...link.tactics.flatMap(ofTactic)]
  return [...component.links.flatMap(withInner), ...component.tactics.flatMap(ofTactic)]
}

/** The host that runs a component's replicas: its own, by its name, or the common one, which has none. */
const hostOf = ({ name, isolation }: ComponentSpec): string => (isolation === 'process' ? name : '')

/** URLs of all modules that a component's replicas import. */
function modulesOf(component: ComponentSpec): string[] {
  const tactics = [...component.tactics, ...allLinks(component).flatMap(link => link.tactics)]
  return [component.module, ...tactics.map(({ module }) => module)]
}

function addressOf(component: ComponentSpec, index: number): string | null {
  if (!component.listen) return null
  const { host, ports, shared } = component.listen
  return `http://${host}:${shared ? ports[0] : ports[index]}`
}
