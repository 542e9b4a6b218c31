/** Longer tokens are refused unread. */
export const TOKEN_LENGTH_MAX = 8192

/** Why there is no token to check. */
export type NoToken = { readonly missing: true } | { readonly malformed: true }

const MISSING: NoToken = { missing: true }
const MALFORMED: NoToken = { malformed: true }

const SCHEME = /^bearer(?: +|$)/i
// token68 of RFC 9110 §11.2, which RFC 6750 calls b64token.
const TOKEN = /^[A-Za-z0-9._~+/-]+=*$/

/**
 * The token of an Authorization field. `bearer` wants `Bearer <token>` (the scheme's case does not matter, RFC 9110
 * §11.1); `raw` also takes the bare token. Another scheme counts as no token.
 */
export function readToken(authorization: string | undefined, scheme: 'bearer' | 'raw'): string | NoToken {
  if (authorization === undefined) return MISSING
  const prefix = SCHEME.exec(authorization)?.[0]
  if (prefix === undefined && scheme === 'bearer') return MISSING
  const token = authorization.slice(prefix?.length ?? 0).trim()
  if (token === '') return MISSING
  return token.length <= TOKEN_LENGTH_MAX && TOKEN.test(token) ? token : MALFORMED
}

/** When a token says it expires, in seconds since 1970, unverified; Infinity when it does not say. */
export function readExpiry(token: string): number {
  try {
    const claims: unknown = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
    const expiry = (claims as { exp?: unknown } | null)?.exp
    return typeof expiry === 'number' && Number.isFinite(expiry) ? expiry : Number.POSITIVE_INFINITY
  } catch {
    return Number.POSITIVE_INFINITY
  }
}
