import type { Cancellation, Reply, Request } from '@archlab/runtime/kit'

/** What became of checking a token. */
export type Verdict =
  /** It is good, until this time in seconds since 1970; Infinity when it never expires. */
  | { readonly kind: 'valid'; readonly expiresAtSeconds: number }
  /** There is nothing that could be a token. */
  | { readonly kind: 'missing' }
  /** Expired, not yet valid, forged, of another key or algorithm, or no token at all. */
  | { readonly kind: 'invalid' }
  /** It could not be checked; nobody is let in, and the reply says why. */
  | { readonly kind: 'unknown'; readonly reply: Reply }

export const MISSING: Verdict = { kind: 'missing' }
export const INVALID: Verdict = { kind: 'invalid' }

/**
 * Checks one token; `request` is the one that brought it, `cancellation` says when nobody wants to know any more. Whoever knows at
 * once says so without a promise.
 */
export type Verify = (token: string, request: Request, cancellation: Cancellation) => Verdict | Promise<Verdict>
