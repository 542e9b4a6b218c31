import { type Body, bodyText, headerList, json, type Reply } from '@archlab/runtime/kit'
import { isGood } from './upstream.ts'

/** What the service answers to a good reply of its database link. */
export interface Data {
  cached: boolean
  reply: Reply
}

/**
 * Turns replies of the database link into the service's own; `undefined` when there is no data in one. A reply that
 * says the same as the one before is answered with the same object, so that a cache hit parses no JSON.
 */
export function dataReader(): (upstream: Reply) => Data | undefined {
  let lastBody: Body | undefined
  let lastCacheStatus: string | undefined
  let last: Data | undefined
  return upstream => {
    if (!isGood(upstream)) return undefined
    const cacheStatus = headerList(upstream.headers, 'cache-status')
    if (last && upstream.body === lastBody && cacheStatus === lastCacheStatus) return last
    const message = messageOf(upstream.body)
    if (message === undefined) return undefined
    const cached = cacheStatus !== undefined && saysHit(cacheStatus)
    const extra: Record<string, string> = cacheStatus === undefined ? {} : { 'cache-status': cacheStatus }
    last = { cached, reply: json(200, { cached, data: message }, extra) }
    lastBody = upstream.body
    lastCacheStatus = cacheStatus
    return last
  }
}

/** The `message` of a JSON object; `undefined` when the body is something else. */
function messageOf(body: Body): unknown {
  try {
    const value: unknown = JSON.parse(bodyText(body))
    return typeof value === 'object' && value !== null && Object.hasOwn(value, 'message')
      ? (value as { message: unknown }).message
      : undefined
  } catch {
    return undefined
  }
}

const QUOTED = /"(?:[^"\\]|\\.)*"/g
const HIT = /;[ \t]*hit[ \t]*(?:=[ \t]*\?1[ \t]*)?(?:[;,]|$)/

/** True when a cache on the way says it answered by itself: the parameter `hit` of a member (RFC 9211 §2.1). */
export function saysHit(cacheStatus: string): boolean {
  return HIT.test(cacheStatus.includes('"') ? cacheStatus.replace(QUOTED, '""') : cacheStatus)
}
