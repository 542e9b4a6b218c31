import type { ProblemFields, ProxyError, Reply } from '@archlab/runtime/kit'

type Refuse = (status: number, error: ProxyError, mechanism: string, fields?: ProblemFields) => Reply

/** The prepared replies to requests without a good token. */
export interface Refusals {
  /** Nothing that could be a token. */
  readonly missing: Reply
  /** A token that is not good. */
  readonly invalid: Reply
  /** The check did not end in time, or broke. */
  readonly unchecked: Reply
}

/**
 * 401 carries the challenge of RFC 6750 §3: without error code when the token is missing, so that a client learns how to
 * authenticate and no more. 403 carries none.
 */
export function refusals(status: 401 | 403, realm: string, refuse: Refuse): Refusals {
  const refusal = (error: string, code?: string): Reply => {
    const challenge = code === undefined ? `Bearer realm="${realm}"` : `Bearer realm="${realm}", error="${code}"`
    return refuse(status, 'http_request_denied', 'auth', {
      detail: error,
      extra: { error },
      ...(status === 401 ? { headers: { 'www-authenticate': challenge } } : {}),
    })
  }
  return {
    missing: refusal('Missing or invalid token'),
    invalid: refusal('Invalid or expired token', 'invalid_token'),
    unchecked: refuse(503, 'proxy_internal_error', 'auth', { detail: 'The token could not be checked.' }),
  }
}
