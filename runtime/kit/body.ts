import { headers } from './headers.ts'
import type { Body, Request } from './message.ts'
import { Reply } from './message.ts'
import { problem } from './problem.ts'

const decoder = new TextDecoder('utf-8', { fatal: true })
const encoder = new TextEncoder()

/** The body as text. Throws a TypeError when bytes are not UTF-8. */
export function bodyText(body: Body): string {
  return typeof body === 'string' ? body : decoder.decode(body)
}

/** The body as bytes. */
export function bodyBytes(body: Body): Uint8Array {
  return typeof body === 'string' ? encoder.encode(body) : body
}

/** Length of the body on the wire, in bytes. */
export function bodyLength(body: Body): number {
  return typeof body === 'string' ? Buffer.byteLength(body) : body.byteLength
}

const JSON_TYPE = /^application\/(?:[\w.+-]+\+)?json\s*(?:;|$)/i

/**
 * The request's JSON body. Answers a prepared problem instead (as a `Reply`) when the media type is not JSON (415), or
 * the text is not JSON or not UTF-8 (400). A missing Content-Type is taken as JSON, as curl users expect of a lab.
 */
export function readJson(request: Request): { value: unknown } | Reply {
  const type = request.header('content-type')
  if (type !== undefined && type !== 'application/json' && !JSON_TYPE.test(type)) {
    return problem(415, { detail: `Send application/json, not ${type.slice(0, 80)}.` })
  }
  try {
    return { value: JSON.parse(bodyText(request.body)) }
  } catch {
    return problem(400, { detail: 'The body is not valid JSON.' })
  }
}

const JSON_HEADERS = headers({ 'content-type': 'application/json' })

/** A JSON reply. `extra` are further header fields. */
export function json(status: number, value: unknown, extra?: Record<string, string>): Reply {
  return new Reply(status, extra ? JSON_HEADERS + headers(extra) : JSON_HEADERS, JSON.stringify(value))
}
