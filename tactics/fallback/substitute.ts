import {
  type HeaderBlock,
  headerAppend,
  headerGet,
  headerList,
  headerRemove,
  headerSet,
  headers,
  type ProxyError,
  proxyStatus,
  Reply,
} from '@archlab/runtime/kit'
import type { FallbackSettings } from './settings.ts'

/** The reply that the settings describe; `undefined` when they name a component. */
export function staticReply({ to, status, json, text, headers: extra }: FallbackSettings): Reply | undefined {
  if (to !== undefined) return undefined
  const fields = headers((extra ?? {}) as Record<string, string | number>)
  const body = json === undefined ? (text ?? '') : JSON.stringify(json)
  const type = json === undefined ? 'text/plain; charset=utf-8' : 'application/json'
  const typed = body === '' || headerGet(fields, 'content-type') !== undefined
  return new Reply(status ?? 200, typed ? fields : headerAppend(fields, 'content-type', type), body)
}

/**
 * The substitute, marked in Proxy-Status (RFC 9209) as coming from `replica` in place of a reply of status
 * `original.status`, after the members that the original and the substitute carry. A cache further out must not keep it for
 * the thing itself, so it gets `Cache-Control: no-store`, unless `keepCacheControl` leaves that to the user's own words.
 */
export function marked(
  substitute: Reply,
  original: Reply,
  by: { replica: string; error: ProxyError; keepCacheControl: boolean },
): Reply {
  const own = proxyStatus({ replica: by.replica, error: by.error, details: 'fallback' })
  const member = `${own}; received-status=${original.status}`
  const members = [headerList(original.headers, 'proxy-status'), headerList(substitute.headers, 'proxy-status'), member]
  const field = members.filter(one => one !== undefined).join(', ')
  const bare = headerRemove(substitute.headers, 'proxy-status')
  return substitute.with({ headers: headerAppend(uncached(bare, by.keepCacheControl), 'proxy-status', field) })
}

function uncached(block: HeaderBlock, keep: boolean): HeaderBlock {
  if (keep && headerGet(block, 'cache-control') !== undefined) return block
  return headerSet(block, 'cache-control', 'no-store')
}
