import { headerList, problem, type Reply } from '@archlab/runtime/kit'

/**
 * The reply to a request whose data could not be had. It tells the upstream status and, from the first member of
 * `Proxy-Status` (RFC 9209; the one nearest the cause), who failed and by which mechanism. The upstream body is never
 * shown: it may hold an exception's text. `Retry-After` is kept, since waiting helps this caller too.
 */
export function failedRetrieval(replica: string, upstream: Reply): Reply {
  const proxyStatus = headerList(upstream.headers, 'proxy-status')
  const retryAfter = upstream.header('retry-after')
  const own = `${replica}; received-status=${upstream.status}; details="database"`
  const headers: Record<string, string> = { 'proxy-status': proxyStatus ? `${proxyStatus}, ${own}` : own }
  if (retryAfter !== undefined) headers['retry-after'] = retryAfter
  return problem(500, {
    headers,
    extra: { error: 'Failed to retrieve data', details: explain(upstream.status, proxyStatus) },
  })
}

const CAUSE = /^\s*([\w./-]{1,120})\s*((?:;\s*[a-z-]+=(?:"(?:[^"\\]|\\.)*"|[^;,"]*)\s*)*)/

function explain(status: number, proxyStatus: string | undefined): string {
  if (status >= 200 && status < 300) return 'the database answered without data'
  const [, who, parameters = ''] = (proxyStatus !== undefined && CAUSE.exec(proxyStatus)) || []
  if (who === undefined) return `the database answered ${status}`
  const mechanism = /;\s*details="([^"\\]{1,120})"/.exec(parameters)?.[1] ?? /;\s*error=([a-z_]+)/.exec(parameters)?.[1]
  return `the database answered ${status} (${mechanism === undefined ? '' : `${mechanism} at `}${who})`
}
