import type { Request } from '@archlab/runtime/kit'

/** Why a request is forwarded whatever the cache holds: the parameters of its `Cache-Status` member (RFC 9211 §2.2). */
export type Bypass = string

export const METHOD: Bypass = 'fwd=method'
export const BODY: Bypass = 'fwd=bypass; detail=body'
export const RANGE: Bypass = 'fwd=bypass; detail=range'
export const CONDITIONAL: Bypass = 'fwd=bypass; detail=conditional'
export const NO_STORE: Bypass = 'fwd=bypass; detail=no-store'
/** The client wants a reply from the origin; that one may be stored. */
export const REFRESH: Bypass = 'fwd=request'

/** Why the request must be forwarded; `undefined` when the cache may answer it. */
export function bypassOf(request: Request): Bypass | undefined {
  if (request.method !== 'GET' && request.method !== 'HEAD') return METHOD
  if (request.body.length > 0) return BODY
  const { headers } = request
  if (headers === '') return undefined
  if (headers.includes('\nrange: ')) return RANGE
  // The reply to a conditional request fits the client's copy, not everybody.
  if (headers.includes('\nif-')) return CONDITIONAL
  const control = request.header('cache-control')
  if (control === undefined) return undefined
  if (NO_STORE_DIRECTIVE.test(control)) return NO_STORE
  return NO_CACHE_DIRECTIVE.test(control) ? REFRESH : undefined
}

const SAFE_METHODS = ['GET', 'HEAD', 'OPTIONS', 'TRACE']

/** True when a method may change what it is for (RFC 9110 §9.2.1); one that nobody knows may, too. */
export function isUnsafe(method: string): boolean {
  return !SAFE_METHODS.includes(method)
}

const NO_STORE_DIRECTIVE = /(?:^|[\s,])no-store(?:$|[\s,])/i
const NO_CACHE_DIRECTIVE = /(?:^|[\s,])(?:no-cache|max-age=0)(?:$|[\s,])/i
