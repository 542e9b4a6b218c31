import { ArchlabError } from '../../kit/index.ts'
import type { HostPlan } from '../../protocol.ts'
import type { EventLog } from '../event-log.ts'
import type { Hosts } from '../hosts.ts'
import { replicasAt } from '../operations/targets.ts'
import { type InjectionOutcome, outcomeOf } from './outcome.ts'
import type { Injection } from './parse.ts'

/** The lab that a request is put into. */
interface Lab {
  readonly plan: HostPlan
  readonly host: Pick<Hosts, 'snapshot' | 'inject'>
  readonly events: EventLog
}

/** See `Lab.inject`. */
export async function inject({ target, request }: Injection, lab: Lab): Promise<InjectionOutcome> {
  const asked = await replicaOf(target, lab)
  try {
    const outcome = outcomeOf(asked, await lab.host.inject(asked, request))
    // Neither the query nor header fields: they may hold secrets.
    lab.events.add('inject', [asked], { request: `${request.method} ${request.path}`, status: outcome.status })
    return outcome
  } catch (cause) {
    throw new ArchlabError('OPERATION_FAILED', `inject failed: ${(cause as Error).message}`, { cause })
  }
}

/** The replica that is named, or the first ready one of the component. */
async function replicaOf(target: string, { plan, host }: Lab): Promise<string> {
  const named = replicasAt(plan, target)
  if (named[0] === target) return target
  const ready = (await host.snapshot()).find(({ replica, state }) => state === 'ready' && named.includes(replica))
  if (ready) return ready.replica
  throw new ArchlabError('OPERATION_FAILED', `no replica of ${target} is ready`, {
    hint: 'archlab ps shows how they are',
  })
}
