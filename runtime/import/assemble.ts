import { parseDuration, parseSize } from '../kit/index.ts'
import { COMPONENT_SETTINGS, LINK_SETTINGS, PORT_MAX } from '../topology/common-settings.ts'
import { type Outlook, outlooks } from './longest.ts'
import { type Call, callsOf, type ImportedService, type ServiceGraph, type Step, type Time } from './service-graph.ts'
import { durationText, ratioText, sizeText } from './values.ts'

/** A topology as plain data, in the words of the file. */
export interface TopologyData {
  readonly name: string
  readonly components: Readonly<Record<string, ComponentData>>
}

/** A component as plain data. */
export interface ComponentData {
  readonly kind: string
  readonly port?: number
  readonly replicas?: number
  readonly 'body-limit'?: string
  readonly resources?: StepData
  readonly links?: Readonly<Record<string, LinkData>>
  readonly script?: readonly StepData[]
}

/** A link as plain data. */
export interface LinkData {
  readonly to: string | readonly string[]
  readonly policy?: string
  readonly timeout?: string
  readonly outliers?: { readonly failures: number }
}

/** A step of a script as plain data. */
export type StepData = Readonly<Record<string, unknown>>

/** First port that is given out. */
export const FIRST_PORT = 8000

const DEFAULT_TIMEOUT_MS = parseDuration(LINK_SETTINGS.timeout!.default)
const DEFAULT_BODY_LIMIT_BYTES = parseSize(COMPONENT_SETTINGS['body-limit']!.default)
/** How much longer than the longest path of the called service a call may take, so that it may queue as well. */
const TIMEOUT_FACTOR = 2
/** Longest timeout that a link can have. */
const TIMEOUT_MAX_MS = 86_400_000

/**
 * The topology of a graph of services. The services that the file calls entries get ports from 8000 upwards; where it
 * calls none an entry, those that no other service calls. Settings appear only where they differ from the defaults.
 */
export function assemble(graph: ServiceGraph, name: string, kind: string): TopologyData {
  const known = outlooks(graph)
  const byName = new Map(graph.services.map(service => [service.name, service]))
  const ports = portsOf(graph)
  const bodies = requestSizes(graph)
  const components: Record<string, ComponentData> = {}
  for (const service of graph.services) {
    const port = ports.get(service.name)
    const body = bodies.get(service.name) ?? 0
    const { links, script } = new Script(service, known, byName)
    components[service.name] = {
      kind,
      ...(port === undefined ? {} : { port }),
      ...(service.replicas === 1 ? {} : { replicas: service.replicas }),
      ...(body > DEFAULT_BODY_LIMIT_BYTES ? { 'body-limit': sizeText(body) } : {}),
      ...resourcesData(service),
      ...(Object.keys(links).length > 0 ? { links } : {}),
      ...(script.length > 0 ? { script } : {}),
    }
  }
  return { name, components }
}

/** Names of the services that requests from outside reach, in the order of the file. */
export function entriesOf(graph: ServiceGraph): string[] {
  const declared = graph.services.filter(service => service.entry)
  const called = new Set(graph.services.flatMap(service => callsOf(service.steps).flatMap(call => call.to)))
  const entries = declared.length > 0 ? declared : graph.services.filter(service => !called.has(service.name))
  return entries.map(service => service.name)
}

/** How many entries can have a port. */
export const ENTRIES_MAX = PORT_MAX - FIRST_PORT + 1

function portsOf(graph: ServiceGraph): Map<string, number> {
  return new Map(entriesOf(graph).map((name, index) => [name, FIRST_PORT + index]))
}

/** The largest body that each service is sent. */
function requestSizes(graph: ServiceGraph): Map<string, number> {
  const sizes = new Map<string, number>()
  for (const service of graph.services) {
    for (const { to, bytes } of callsOf(service.steps)) {
      for (const name of to) sizes.set(name, Math.max(sizes.get(name) ?? 0, bytes))
    }
  }
  return sizes
}

/** The script of one service, and the links that it needs. */
class Script {
  readonly links: Record<string, LinkData> = {}
  readonly script: readonly StepData[]
  #known: ReadonlyMap<string, Outlook>
  #services: ReadonlyMap<string, ImportedService>

  constructor(
    service: ImportedService,
    known: ReadonlyMap<string, Outlook>,
    services: ReadonlyMap<string, ImportedService>,
  ) {
    this.#known = known
    this.#services = services
    this.script = service.steps.map(step => this.#step(step))
  }

  #step(step: Step): StepData {
    const chance = step.chance === undefined ? {} : { chance: ratioText(step.chance) }
    switch (step.type) {
      case 'work': {
        const time = timeData(step.time)
        return { work: step.resource === 'cpu' ? { cpu: time } : time, ...chance }
      }
      case 'call':
        return { ...this.#call(step), ...chance }
      case 'parallel':
        return { parallel: step.branches.map(branch => this.#branch(branch)), ...chance }
      case 'fail':
        return { fail: ratioText(step.chance ?? 1) }
      case 'reply':
        return { respond: { size: sizeText(step.bytes) }, ...chance }
    }
  }

  #branch(steps: readonly Step[]): StepData | StepData[] {
    const branch = steps.map(step => this.#step(step))
    return branch.length === 1 ? branch[0]! : branch
  }

  #call({ to, method, bytes }: Call): StepData {
    const body = bytes > 0 ? { size: sizeText(bytes) } : {}
    // A call with a body is a POST unless it says otherwise.
    const request = method === 'POST' && bytes === 0 ? { request: 'POST /' } : {}
    return { call: this.#link(to), ...request, ...body }
  }

  /** The name to call: that of the component, or of a link where the defaults would not do. */
  #link(to: readonly string[]): string {
    const settings = this.#settings(to)
    const [only] = to
    if (to.length === 1 && only !== undefined) {
      if (Object.keys(settings).length > 0) this.links[only] = { to: only, ...settings }
      return only
    }
    const same = Object.entries(this.links).find(([, link]) => String(link.to) === String(to))
    if (same) return same[0]
    let number = 1
    const name = (): string => `one-of-${number}`
    while (this.links[name()] || this.#services.has(name())) number++
    this.links[name()] = { to: [...to], policy: 'random', ...settings }
    return name()
  }

  #settings(to: readonly string[]): Omit<LinkData, 'to'> {
    const longestMs = Math.max(...to.map(name => this.#known.get(name)?.longestMs ?? 0))
    const wantedMs = Math.min(Math.ceil((longestMs * TIMEOUT_FACTOR) / 1000) * 1000, TIMEOUT_MAX_MS)
    const mayFail = to.some(name => this.#known.get(name)?.mayFail)
    const several = to.length > 1 || (this.#services.get(to[0]!)?.replicas ?? 1) > 1
    return {
      ...(wantedMs > DEFAULT_TIMEOUT_MS ? { timeout: durationText(wantedMs) } : {}),
      // Neither isotope nor muBench leaves out replicas that fail several times in a row.
      ...(mayFail && several ? { outliers: { failures: 0 } } : {}),
    }
  }
}

function resourcesData({ resources }: ImportedService): Pick<ComponentData, 'resources'> {
  const amounts = (name: 'requests' | 'limits'): StepData => {
    const { millicores, bytes } = resources?.[name] ?? {}
    const data = {
      ...(millicores === undefined ? {} : { cpu: `${millicores}m` }),
      ...(bytes === undefined ? {} : { memory: sizeText(bytes) }),
    }
    return Object.keys(data).length > 0 ? { [name]: data } : {}
  }
  const data = { ...amounts('requests'), ...amounts('limits') }
  return Object.keys(data).length > 0 ? { resources: data } : {}
}

function timeData({ minMs, maxMs }: Time): unknown {
  return minMs === maxMs ? durationText(minMs) : { uniform: [durationText(minMs), durationText(maxMs)] }
}
