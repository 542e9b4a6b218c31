import { headerList, type Reply } from '@archlab/runtime/kit'

/**
 * Fields of a reply that reports a failure behind `link`: `Proxy-Status` (RFC 9209) with the members of those behind, then
 * this replica's, and `Retry-After`, since waiting helps this caller too.
 */
export function reportFields(replica: string, upstream: Reply, link: string): Record<string, string> {
  const proxyStatus = headerList(upstream.headers, 'proxy-status')
  const retryAfter = upstream.header('retry-after')
  const own = `${replica}; received-status=${upstream.status}; details="${link}"`
  const fields: Record<string, string> = { 'proxy-status': proxyStatus ? `${proxyStatus}, ${own}` : own }
  if (retryAfter !== undefined) fields['retry-after'] = retryAfter
  return fields
}

const CAUSE = /^\s*([\w./-]{1,120})\s*((?:;\s*[a-z-]+=(?:"(?:[^"\\]|\\.)*"|[^;,"]*)\s*)*)/

/**
 * In words what `link` answered: the status and, from the first member of `Proxy-Status` (the one nearest the cause), who
 * failed and by which mechanism. The upstream body is never quoted: it may hold an exception's text.
 */
export function explain(upstream: Reply, link: string): string {
  const answered = `the ${link} answered ${upstream.status}`
  const proxyStatus = headerList(upstream.headers, 'proxy-status')
  const [, who, parameters = ''] = (proxyStatus !== undefined && CAUSE.exec(proxyStatus)) || []
  if (who === undefined) return answered
  const mechanism = /;\s*details="([^"\\]{1,120})"/.exec(parameters)?.[1] ?? /;\s*error=([a-z_]+)/.exec(parameters)?.[1]
  return `${answered} (${mechanism === undefined ? '' : `${mechanism} at `}${who})`
}

/** A 2xx reply. */
export const isGood = ({ status }: Reply): boolean => status >= 200 && status < 300
