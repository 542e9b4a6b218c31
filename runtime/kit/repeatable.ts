import type { Request } from './message.ts'

/**
 * True when a request may be sent more than once: its method is idempotent (RFC 9110 §9.2.2), or the caller vouches for it
 * with an `Idempotency-Key` (IETF draft-ietf-httpapi-idempotency-key-header), by which the target knows a repetition.
 */
export function repeatable(request: Request): boolean {
  switch (request.method) {
    case 'GET':
    case 'HEAD':
    case 'OPTIONS':
    case 'TRACE':
    case 'PUT':
    case 'DELETE':
      return true
    default:
      return request.header('idempotency-key') !== undefined
  }
}
