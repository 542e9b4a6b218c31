import { problem, type Reply } from '../kit/index.ts'
import type { Refusal } from '../meters/index.ts'
import type { ListenerLimits } from '../topology/topology.ts'

/** Seconds after which one who was refused for the number of connections may come again. */
const RETRY_AFTER_S = 1

/** What a replica's server answers by itself, prepared once. */
export function refusalReplies(
  replica: string,
  bodyLimitBytes: number,
  limits: ListenerLimits,
): Readonly<Record<Refusal, Reply>> {
  const denied = (status: number, reason: Refusal, detail: string): Reply =>
    problem(status, { detail, proxyStatus: { replica, error: 'http_request_denied', details: reason } })
  const malformed = (status: number, detail: string): Reply => problem(status, { detail })
  return {
    access: denied(403, 'access', 'Only links of the topology may call this component.'),
    'body-limit': denied(413, 'body-limit', `The body is larger than ${bodyLimitBytes} bytes.`),
    'body-timeout': denied(408, 'body-timeout', `The body took longer than ${limits.bodyTimeoutMs} ms.`),
    coding: malformed(501, 'The only transfer coding that is understood is chunked.'),
    'connection-limit': problem(503, {
      detail: `There are ${limits.connections} connections already.`,
      proxyStatus: { replica, error: 'connection_limit_reached', details: 'connection-limit' },
      headers: { 'retry-after': String(RETRY_AFTER_S) },
    }),
    'header-limit': denied(431, 'header-limit', `The header section is larger than ${limits.headerBytes} bytes.`),
    host: malformed(400, 'A request has one Host field.'),
    length: malformed(400, 'Content-Length is not one number.'),
    target: malformed(400, 'The request target is neither ASCII nor UTF-8.'),
    'url-limit': denied(414, 'url-limit', `Path and query are longer than ${limits.urlBytes} bytes.`),
  }
}
