import type { EditSteps, HostOrder, HostPlan, ReplicaPlan } from '../protocol.ts'

/** A plan of a whole lab, an order to all of it: what of them is one host's. A host is named as in `ReplicaPlan.host`. */

/**
 * Every host of a plan, those first whose components nobody calls before others run: by the highest level that one has. The
 * common one, which has no name, is always there.
 */
export function hostsOf({ replicas, levels }: HostPlan): string[] {
  const rank = new Map<string, number>([['', -1]])
  const hosts = new Map(replicas.map(({ component, host }) => [component, host]))
  for (const [level, components] of levels.entries()) {
    for (const component of components) rank.set(hosts.get(component) ?? '', level)
  }
  return [...rank].sort(([, one], [, other]) => one - other).map(([host]) => host)
}

/** What one host has to run; `origins` is where replicas are, by name. */
export function planOf(plan: HostPlan, host: string, origins: ReadonlyMap<string, string>): HostPlan {
  const isOwn = (one: ReplicaPlan): boolean => one.host === host
  const own = new Set(plan.replicas.filter(isOwn).map(({ replica }) => replica))
  const components = new Set(plan.replicas.filter(isOwn).map(({ component }) => component))
  return {
    ...plan,
    replicas: plan.replicas.filter(isOwn),
    // No thread is in two hosts.
    threads: plan.threads.filter(({ replicas }) => replicas.some(name => own.has(name))),
    levels: plan.levels.map(level => level.filter(name => components.has(name))).filter(level => level.length > 0),
    elsewhere: Object.fromEntries([...origins].filter(([name]) => !own.has(name))),
  }
}

/** What of an order is meant for the replicas of one host; `null` for nothing. Edits are divided by `stepsOf`. */
export function orderOf(
  order: Exclude<HostOrder, { type: 'edit' }>,
  isOwn: (replica: string) => boolean,
): HostOrder | null {
  if (order.type === 'disturb') {
    const at = order.at.filter(({ replica }) => isOwn(replica))
    return at.length > 0 ? { ...order, at } : null
  }
  const replicas = order.replicas.filter(isOwn)
  return replicas.length > 0 ? { ...order, replicas } : null
}

/** What of an edit one host has to do: one who moves stops in one host, and starts in another. */
export function stepsOf(steps: EditSteps, host: string, before: HostPlan, after: HostPlan): EditSteps {
  const old = new Map(before.replicas.map(one => [one.replica, one.host]))
  const wanted = new Map(after.replicas.map(one => [one.replica, one.host]))
  const was = (name: string): boolean => old.get(name) === host
  const is = (name: string): boolean => wanted.get(name) === host
  const leaving = steps.restart.filter(name => was(name) && !is(name))
  return {
    change: steps.change.filter(is),
    restart: steps.restart.filter(name => was(name) && is(name)),
    start: [...steps.start.filter(is), ...steps.restart.filter(name => is(name) && !was(name))],
    stop: [...steps.stop.filter(was), ...leaving],
    // Its successor may be to have its port.
    stopFirst: [...new Set([...steps.stopFirst.filter(was), ...leaving])],
  }
}

/** Hosts of a plan with a replica that another host ran before. */
export function movedInto(before: HostPlan, after: HostPlan): Set<string> {
  const old = new Map(before.replicas.map(one => [one.replica, one.host]))
  return new Set(after.replicas.filter(one => (old.get(one.replica) ?? one.host) !== one.host).map(({ host }) => host))
}
