import { ArchlabError } from '../kit/index.ts'
import type { HostPlan, InlinePlan } from '../supervisor/index.ts'
import type { ComponentSpec, LinkSpec, TacticSpec, Topology } from '../topology/index.ts'

/**
 * The topology as it has to be when some components run in a process of their own: links that lead from one side to the other
 * go over HTTP, and whoever they lead to has an address that is known beforehand. `freePorts` gives ports nobody uses. Throws
 * an ArchlabError for a component that is called across and shares its port among replicas: none of them has an address.
 */
export async function splitTopology(
  topology: Topology,
  apart: ReadonlySet<string>,
  freePorts: (count: number) => Promise<number[]>,
): Promise<Topology> {
  const called = new Set<string>()
  const components: Record<string, ComponentSpec> = {}
  for (const [name, component] of Object.entries(topology.components)) {
    const ofLink = (link: LinkSpec): LinkSpec => {
      const across = link.to.filter(to => apart.has(to) !== apart.has(name))
      for (const to of across) called.add(to)
      const tactics = link.tactics.map(ofTactic)
      return { ...link, tactics, transport: across.length > 0 ? 'http' : link.transport }
    }
    const ofTactic = (tactic: TacticSpec): TacticSpec => ({ ...tactic, links: tactic.links.map(ofLink) })
    components[name] = { ...component, links: component.links.map(ofLink), tactics: component.tactics.map(ofTactic) }
  }
  for (const name of called) components[name] = await withAddress(components[name]!, freePorts)
  return { ...topology, components }
}

async function withAddress(
  component: ComponentSpec,
  freePorts: (count: number) => Promise<number[]>,
): Promise<ComponentSpec> {
  const { name, listen, replicas } = component
  if (listen === null) {
    const ports = await freePorts(replicas)
    return { ...component, access: 'links', listen: { host: '127.0.0.1', ports, shared: false } }
  }
  if (!listen.shared || replicas === 1) return component
  const message = `${name} is called from another process, and its replicas share a port`
  throw new ArchlabError('CLI_USAGE', message, { hint: `--set components.${name}.replicas=1` })
}

/** Divides a plan for a split topology between a host and a process that runs replicas on its main thread. */
export function splitPlan(
  plan: HostPlan,
  apart: ReadonlySet<string>,
  readyFile: string,
): { readonly rest: HostPlan; readonly inline: InlinePlan } {
  const origins: Record<string, string> = {}
  for (const { replica, listen } of plan.replicas) {
    const direct = listen.find(one => one.direct && one.port !== 0)
    if (direct) origins[replica] = `http://${direct.host === '0.0.0.0' ? '127.0.0.1' : direct.host}:${direct.port}`
  }
  const isApart = (replica: string): boolean => apart.has(replica.split('/', 1)[0]!)
  const chosen = (wanted: boolean) => (name: string) => isApart(name) === wanted
  const originsOf = (wanted: boolean) =>
    Object.fromEntries(Object.entries(origins).filter(([name]) => chosen(wanted)(name)))
  const threads = plan.threads
    .map(thread => ({ ...thread, replicas: thread.replicas.filter(chosen(false)) }))
    .filter(({ replicas }) => replicas.length > 0)
  return {
    rest: {
      ...plan,
      threads,
      replicas: plan.replicas.filter(({ component }) => !apart.has(component)),
      levels: plan.levels.map(level => level.filter(name => !apart.has(name))).filter(level => level.length > 0),
      elsewhere: originsOf(true),
    },
    inline: {
      readyFile,
      replicas: plan.replicas.filter(({ component }) => apart.has(component)),
      origins: originsOf(false),
    },
  }
}
