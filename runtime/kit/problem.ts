import { headers } from './headers.ts'
import { Reply } from './message.ts'
import { statusText } from './status-text.ts'

/** What a problem document says beside its status. */
export interface ProblemFields {
  /** A sentence for the person who reads the reply. */
  detail?: string
  /** Short name of the problem; the status's standard phrase by default. */
  title?: string
  /** Further members of the document. */
  extra?: Record<string, unknown>
  /** Further header fields. */
  headers?: Record<string, string>
  /** `Proxy-Status` (RFC 9209): who refused or failed, the error type from the RFC's table, and the mechanism. */
  proxyStatus?: { replica: string; error: ProxyError; details: string }
}

/** Error types of RFC 9209 §2.3 that the lab uses. */
export type ProxyError =
  | 'destination_unavailable'
  | 'connection_refused'
  | 'connection_terminated'
  | 'connection_timeout'
  | 'connection_read_timeout'
  | 'connection_limit_reached'
  | 'http_request_denied'
  | 'http_request_error'
  | 'http_response_timeout'
  | 'http_response_incomplete'
  | 'http_protocol_error'
  | 'proxy_internal_error'
  | 'proxy_internal_response'

/** A reply the lab itself makes for a failure: `application/problem+json` (RFC 9457). */
export function problem(status: number, fields: ProblemFields = {}): Reply {
  const document = {
    type: 'about:blank',
    title: fields.title ?? statusText(status),
    status,
    ...(fields.detail === undefined ? {} : { detail: fields.detail }),
    ...fields.extra,
  }
  const extra: Record<string, string> = { ...fields.headers }
  if (fields.proxyStatus) extra['proxy-status'] = proxyStatus(fields.proxyStatus)
  return new Reply(status, headers({ 'content-type': 'application/problem+json', ...extra }), JSON.stringify(document))
}

/** A structured field's token (RFC 9651 §3.3.4). */
const TOKEN = /^[A-Za-z*][\w!#$%&'*+.^`|~:/-]*$/

/** The field's value, e.g. `gateway/0; error=http_request_denied; details="rate-limit"`. */
export function proxyStatus(fields: { replica: string; error: ProxyError; details: string }): string {
  const replica = TOKEN.test(fields.replica) ? fields.replica : quoted(fields.replica)
  return `${replica}; error=${fields.error}; details=${quoted(fields.details)}`
}

/** A structured field's string (RFC 9651 §3.3.3), which is printable ASCII. */
const quoted = (text: string): string => `"${text.replace(/[^\x20-\x7e]/g, '?').replace(/["\\]/g, '\\$&')}"`
