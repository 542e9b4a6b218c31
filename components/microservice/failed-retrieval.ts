import { problem, type Reply } from '@archlab/runtime/kit'
import { explain, isGood, reportFields } from './upstream.ts'

/** The reply to a request whose data could not be had: 500 that tells the upstream status and who failed how. */
export function failedRetrieval(replica: string, upstream: Reply): Reply {
  const details = isGood(upstream) ? 'the database answered without data' : explain(upstream, 'database')
  return problem(500, {
    headers: reportFields(replica, upstream, 'database'),
    extra: { error: 'Failed to retrieve data', details },
  })
}
