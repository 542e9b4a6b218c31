import { ArchlabError } from '../../kit/index.ts'
import { allLinks, type DisturbedPlace, type HostPlan } from '../../protocol.ts'
import type { LinkTarget, ReplicaTarget } from '../../topology/environment-spec.ts'
import { didYouMean } from '../../topology/index.ts'

/** The replicas that a target means. Throws OPERATION_UNKNOWN_TARGET when it means none. */
export function replicasAt(plan: HostPlan, target: ReplicaTarget): string[] {
  const found = plan.replicas.filter(({ replica, component }) => target === replica || target === component)
  if (found.length > 0) return found.map(({ replica }) => replica)
  const known = plan.replicas.flatMap(({ replica, component }) => [component, replica])
  throw unknown(`no component or replica is called "${target}"`, target, known)
}

/** The links that a target means, of every replica that has them. Throws OPERATION_UNKNOWN_TARGET when it means none. */
export function linksAt(plan: HostPlan, target: LinkTarget): DisturbedPlace[] {
  const links = plan.replicas.flatMap(replica =>
    allLinks(replica).map(({ address }) => ({
      replica: replica.replica,
      component: replica.component,
      place: address,
    })),
  )
  const found = links.filter(({ component, place }) => target === component || target === place)
  if (found.length > 0) return found.map(({ replica, place }) => ({ replica, place }))
  const known = links.flatMap(({ component, place }) => [component, place])
  throw unknown(`no link has the address "${target}", and no component of this name has links`, target, known)
}

function unknown(message: string, target: string, known: readonly string[]): ArchlabError {
  return new ArchlabError('OPERATION_UNKNOWN_TARGET', message, { hint: didYouMean(target, [...new Set(known)]) })
}
