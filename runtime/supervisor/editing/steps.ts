import { isDeepStrictEqual } from 'node:util'
import { withoutVersion } from '../../own-modules/closure.ts'
import type { EditSteps, HostPlan, ListenPlan, ReplicaPlan, ThreadPlan } from '../../protocol.ts'

/** What has to be done so that a lab that runs `before` runs `after`: as little as possible. */
export function stepsBetween(before: HostPlan, after: HostPlan): EditSteps {
  const old = byName(before)
  const wanted = byName(after)
  const homes = { old: homesOf(before), wanted: homesOf(after) }
  const kept = after.replicas.filter(({ replica }) => old.has(replica))
  const isMoved = ({ replica }: ReplicaPlan): boolean =>
    !isDeepStrictEqual(limitsOf(homes.old.get(replica)!), limitsOf(homes.wanted.get(replica)!))
  const mustRestart = (one: ReplicaPlan): boolean =>
    isMoved(one) || !isDeepStrictEqual(fixedParts(old.get(one.replica)!), fixedParts(one))
  const restart = kept.filter(mustRestart)
  const change = kept.filter(one => !restart.includes(one) && !isDeepStrictEqual(old.get(one.replica), one))
  const start = after.replicas.filter(({ replica }) => !old.has(replica))
  const stop = before.replicas.filter(({ replica }) => !wanted.has(replica))
  const leaving = [...stop, ...restart.map(({ replica }) => old.get(replica)!)]
  const inTheWay = leaving.filter(one => [...restart, ...start].some(other => isInTheWay(one, other)))
  return {
    change: names(change),
    restart: names(restart),
    start: names(start),
    stop: names(stop),
    stopFirst: names(inTheWay),
  }
}

/**
 * The same plan, but what the lab has decided stays as it is where it does no harm: replicas keep their threads, although they
 * are dealt out anew when one is added, and private ports that no link uses any more stay open.
 */
export function asSettled(before: HostPlan, after: HostPlan): HostPlan {
  const old = byName(before)
  const replicas = after.replicas.map(one => withPrivatePorts(one, old.get(one.replica)))
  return { ...after, replicas, threads: settledThreads(before, after) }
}

function withPrivatePorts(plan: ReplicaPlan, before: ReplicaPlan | undefined): ReplicaPlan {
  const isPrivate = ({ port }: ListenPlan): boolean => port === 0
  if (!before || plan.listen.some(isPrivate)) return plan
  const kept = before.listen.filter(isPrivate)
  return kept.length === 0 ? plan : { ...plan, listen: [...plan.listen, ...kept] }
}

function settledThreads(before: HostPlan, after: HostPlan): ThreadPlan[] {
  const old = homesOf(before)
  const dealt = homesOf(after)
  const rooms = new Map(after.threads.map(thread => [thread.thread, thread]))
  const residents = new Map<string, string[]>()
  const hosts = new Map(before.replicas.map(one => [one.replica, one.host]))
  for (const { replica, host } of after.replicas) {
    const home = dealt.get(replica)!
    const former = rooms.get(old.get(replica)?.thread ?? '')
    // A thread with another limit, or in another process, is another thread.
    const stays = former?.heapLimitBytes === home.heapLimitBytes && hosts.get(replica) === host
    const { thread } = former && stays ? former : home
    residents.set(thread, [...(residents.get(thread) ?? []), replica])
  }
  const threads = after.threads.map(thread => ({ ...thread, replicas: residents.get(thread.thread) ?? [] }))
  return threads.filter(({ replicas }) => replicas.length > 0)
}

/** What only a restart can change. */
function fixedParts(plan: ReplicaPlan): unknown {
  const { host, kind, transparent, listen, linkToken, access, bodyLimitBytes, limits, seed, folder, fixed } = plan
  // What holds what cannot be opened twice cannot be there in two versions either.
  const isSingle = fixed.includes('settings')
  const settings = isSingle ? [plan.settings, plan.prepared] : null
  const module = isSingle ? plan.module : withoutVersion(plan.module)
  const replicas = fixed.includes('replicas') ? plan.replicas : null
  return {
    host,
    kind,
    module,
    transparent,
    listen,
    linkToken,
    access,
    bodyLimitBytes,
    limits,
    seed,
    folder,
    settings,
    replicas,
  }
}

/** True when a replica listens on a port that another one is to have, and the two do not share it. */
function isInTheWay(leaving: ReplicaPlan, coming: ReplicaPlan): boolean {
  if (leaving.replica === coming.replica) return false
  return leaving.listen.some(({ port, shared }) =>
    coming.listen.some(
      other => port !== 0 && other.port === port && !(shared && leaving.component === coming.component),
    ),
  )
}

const byName = ({ replicas }: HostPlan): Map<string, ReplicaPlan> => new Map(replicas.map(one => [one.replica, one]))

const homesOf = ({ threads }: HostPlan): Map<string, ThreadPlan> =>
  new Map(threads.flatMap(thread => thread.replicas.map(name => [name, thread])))

const limitsOf = ({ thread, heapLimitBytes }: ThreadPlan): unknown => ({ thread, heapLimitBytes })

const names = (plans: readonly ReplicaPlan[]): string[] => plans.map(({ replica }) => replica)
