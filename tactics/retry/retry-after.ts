import { headerSet, type Reply } from '@archlab/runtime/kit'

/**
 * How long a reply asks to wait (Retry-After, RFC 9110 §10.2.3: seconds or a date), in milliseconds; `undefined` when it
 * does not ask, or cannot be read. `wallMs` is the time since 1970.
 */
export function retryAfterMs(reply: Reply, wallMs: number): number | undefined {
  const value = reply.header('retry-after')
  if (value === undefined) return undefined
  if (/^\d{1,15}$/.test(value)) return Number(value) * 1000
  const date = / GMT$/.test(value) ? Date.parse(value) : Number.NaN
  return Number.isNaN(date) ? undefined : Math.max(0, date - wallMs)
}

/** The reply, asking to wait for `seconds` at least. */
export function withRetryAfter(reply: Reply, seconds: number, wallMs: number): Reply {
  const askedMs = retryAfterMs(reply, wallMs)
  if (askedMs !== undefined && askedMs >= seconds * 1000) return reply
  return reply.with({ headers: headerSet(reply.headers, 'retry-after', String(seconds)) })
}
