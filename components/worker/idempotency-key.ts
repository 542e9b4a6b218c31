import { createHash } from 'node:crypto'
import { headerList, problem, type Reply, type Request } from '@archlab/runtime/kit'
import type { RequestKey } from './table/table-types.ts'

const KEY_CHARACTERS_MAX = 255
/** A structured field's string (RFC 9651 §3.3.3), as the draft asks for. */
const STRING = /^[ \t]*"((?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"[ \t]*$/
/** What many clients send instead: a UUID or the like without quotes. */
const BARE = /^[ \t]*([A-Za-z0-9._~:/+=-]+)[ \t]*$/

/** Where the rules are. */
const LINK = '<https://datatracker.ietf.org/doc/html/draft-ietf-httpapi-idempotency-key-header>; rel="describedby"'

const MALFORMED = problem(400, {
  title: 'Malformed Idempotency-Key',
  detail: `An Idempotency-Key is one string of 1 to ${KEY_CHARACTERS_MAX} characters, for example "8e03978e-40d5-43e8-bc93-6894a57f9324".`,
  headers: { link: LINK },
})

/** The first request with this key has not been answered. */
export const OUTSTANDING = problem(409, {
  title: 'A request is outstanding for this Idempotency-Key',
  detail: 'A request with the same Idempotency-Key is being processed. Try again when it has been answered.',
  headers: { link: LINK, 'retry-after': '1' },
})

/** The key belongs to another task. */
export const REUSED = problem(422, {
  title: 'Idempotency-Key is already used',
  detail: 'This Idempotency-Key came with another task before. A new task needs a new key.',
  headers: { link: LINK },
})

/**
 * The request's idempotency key, with a fingerprint of its task; `null` without one, a reply when it is malformed
 * (draft-ietf-httpapi-idempotency-key-header-07 §2.1).
 */
export function readKey(request: Request, task: string): RequestKey | null | Reply {
  const field = headerList(request.headers, 'idempotency-key')
  if (field === undefined) return null
  const key = STRING.exec(field)?.[1]?.replace(/\\(["\\])/g, '$1') ?? BARE.exec(field)?.[1]
  if (key === undefined || key === '' || key.length > KEY_CHARACTERS_MAX) return MALFORMED
  return { key, fingerprint: createHash('sha256').update(task).digest('base64url') }
}
