import { type Endpoint, headers, json, type Link, problem, type Reply, whenReplied } from '@archlab/runtime/kit'
import { explain, isGood, reportFields } from './upstream.ts'

/** Fields of a task that go with it; Authorization only where the service relays it. */
const TASK_FIELDS = ['content-type', 'idempotency-key']

/** What the endpoints tell whoever counts. */
export interface DelegationEvents {
  accepted(): void
  refused(): void
}

/**
 * Hands tasks to a worker and asks it for them: `POST /task` and `GET /task/ID` of the link `worker`. Only what the worker
 * has accepted is answered 202; a refusal keeps its status, so that no caller believes in a job that does not exist.
 */
export function delegation(
  link: Link,
  options: { replica: string; relayed: readonly string[] },
  events: DelegationEvents,
): { submit: Endpoint; state: Endpoint } {
  const { replica, relayed } = options
  const taskFields = [...TASK_FIELDS, ...relayed]

  return {
    submit: request => {
      const task = request.derive('POST', '/task', taken(request, taskFields), request.body)
      return whenReplied(link.call(task), upstream => {
        if (!isGood(upstream)) {
          events.refused()
          return refusal(replica, upstream, 'Task not accepted')
        }
        events.accepted()
        const location = upstream.header('location')
        return json(202, { status: 'Task queued' }, location === undefined ? {} : { location })
      })
    },
    state: request => {
      const question = request.derive('GET', request.path, taken(request, relayed))
      return whenReplied(link.call(question), upstream =>
        isGood(upstream) ? upstream : refusal(replica, upstream, 'Job state not available'),
      )
    },
  }
}

/** Some fields of a request, as the fields of another one. */
export function taken(request: { header(name: string): string | undefined }, names: readonly string[]): string {
  let block = ''
  for (const name of names) {
    const value = request.header(name)
    if (value !== undefined) block += headers({ [name]: value })
  }
  return block
}

/** The worker's status, 502 where it is none that refuses; a 401 keeps its challenge, which RFC 9110 §15.5.2 demands. */
function refusal(replica: string, upstream: Reply, error: string): Reply {
  const challenge = upstream.header('www-authenticate')
  return problem(upstream.status >= 400 ? upstream.status : 502, {
    headers: {
      ...reportFields(replica, upstream, 'worker'),
      ...(challenge === undefined ? {} : { 'www-authenticate': challenge }),
    },
    extra: { error, details: explain(upstream, 'worker') },
  })
}
