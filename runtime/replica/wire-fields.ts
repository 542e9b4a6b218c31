/*
 * Which header fields belong to one connection or to the transport, and so never reach a component (RFC 9110 §7.6.1), and
 * which the transports turn into fields of a Request or Reply.
 */

/** Request fields that are not handed on. */
export const DROPPED_REQUEST_FIELDS: ReadonlySet<string> = new Set([
  'host',
  'connection',
  'proxy-connection',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'content-length',
  'expect',
  'http2-settings',
  'traceparent',
  'x-archlab-trace',
  'x-archlab-deadline',
  'x-archlab-link',
])

/** Reply fields that are not handed on; length and date are written anew by the server. */
export const DROPPED_REPLY_FIELDS: ReadonlySet<string> = new Set([
  'connection',
  'proxy-connection',
  'keep-alive',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'content-length',
  'date',
  'uwebsockets',
  'x-archlab-replica',
  'server-timing',
  'traceparent',
])

/** Asks every hop to report its time. */
export const TRACE_FIELD = 'x-archlab-trace'
/** Milliseconds the caller still waits; taken from links only. */
export const DEADLINE_FIELD = 'x-archlab-deadline'
/** Proves that a request comes over a link of this lab. */
export const LINK_FIELD = 'x-archlab-link'
/** Names the replica that answered. */
export const REPLICA_FIELD = 'x-archlab-replica'

/** Field names that a Connection field declares as belonging to this connection only. */
export function connectionFields(value: string): string[] {
  return value
    .split(',')
    .map(token => token.trim().toLowerCase())
    .filter(token => token !== '' && token !== 'close' && token !== 'keep-alive')
}

const TRACEPARENT = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/

/** True for a `traceparent` value of version 00 (W3C Trace Context §3.2). */
export const isTraceparent = (value: string): boolean => value.length === 55 && TRACEPARENT.test(value)
