import type { ProblemFields, ProxyError, Reply } from '@archlab/runtime/kit'
import type { Limit } from './limiter.ts'

const PREPARED_MAX = 3600

/** How the context makes a refusal. */
type Refuse = (status: number, error: ProxyError, mechanism: string, fields?: ProblemFields) => Reply

/** The `RateLimit-Policy` field: quota and window in whole seconds (draft-ietf-httpapi-ratelimit-headers). */
export function policyField(limit: Limit): string {
  return `"default";q=${limit.max};w=${Math.ceil(limit.perMs / 1000)}`
}

/** The `RateLimit` field: what remains and, where known, the seconds until more is admitted. */
export function limitField(remaining: number, afterSeconds?: number): string {
  return afterSeconds === undefined ? `"default";r=${remaining}` : `"default";r=${remaining};t=${afterSeconds}`
}

/**
 * The 429 replies of one limit, by the milliseconds to wait. They differ only in whole seconds, so each is made once and
 * shared; waits beyond an hour are made anew.
 */
export function refusals(limit: Limit, refuse: Refuse): (waitMs: number) => Reply {
  const prepared: (Reply | undefined)[] = []
  const policy = policyField(limit)
  const make = (seconds: number): Reply =>
    refuse(429, 'http_request_denied', 'rate-limit', {
      detail: `At most ${limit.max} requests per ${limit.perMs / 1000} s are admitted. Try again in ${seconds} s.`,
      headers: {
        'retry-after': String(seconds),
        'ratelimit-policy': policy,
        ratelimit: limitField(0, seconds),
      },
    })
  return waitMs => {
    const seconds = Math.max(1, Math.ceil(waitMs / 1000))
    const known = prepared[seconds]
    if (known !== undefined) return known
    const reply = make(seconds)
    if (seconds <= PREPARED_MAX) prepared[seconds] = reply
    return reply
  }
}
