import { headerList, type Request } from '@archlab/runtime/kit'

/** An entity tag of a request (RFC 9110 §8.8.3). */
export interface EntityTag {
  readonly weak: boolean
  /** Quotes included. */
  readonly opaque: string
}

/** What `If-Match` and `If-None-Match` say; `undefined` when the field is absent. */
export interface Preconditions {
  readonly match: '*' | readonly EntityTag[] | undefined
  readonly noneMatch: '*' | readonly EntityTag[] | undefined
}

/** No preconditions. */
export const ALWAYS: Preconditions = { match: undefined, noneMatch: undefined }

/** Reads both fields; `undefined` when one of them cannot be read. */
export function readPreconditions(request: Request): Preconditions | undefined {
  const match = readField(request, 'if-match')
  const noneMatch = readField(request, 'if-none-match')
  if (match === null || noneMatch === null) return undefined
  return match === undefined && noneMatch === undefined ? ALWAYS : { match, noneMatch }
}

/** Whether a resource with this entity tag, or none, has what `If-Match` wants: strong comparison (RFC 9110 §13.1.1). */
export function matches({ match }: Preconditions, etag: string | undefined): boolean {
  if (match === undefined) return true
  if (etag === undefined) return false
  return match === '*' || match.some(tag => !tag.weak && tag.opaque === etag)
}

/** Whether it has nothing of what `If-None-Match` excludes: weak comparison (RFC 9110 §13.1.2). */
export function noneMatches({ noneMatch }: Preconditions, etag: string | undefined): boolean {
  if (noneMatch === undefined || etag === undefined) return true
  return noneMatch !== '*' && !noneMatch.some(tag => tag.opaque === etag)
}

/** Whether a change may be made to a resource with this entity tag, or none. */
export const holds = (preconditions: Preconditions, etag: string | undefined): boolean =>
  matches(preconditions, etag) && noneMatches(preconditions, etag)

/** Versions of the data set `source` that a list of tags names. */
export function versionsIn(tags: readonly EntityTag[], source: string): number[] {
  const start = `"${source}.`
  return tags.flatMap(({ opaque }) => {
    const digits = opaque.startsWith(start) ? opaque.slice(start.length, -1) : ''
    return /^[0-9]{1,15}$/.test(digits) ? [Number(digits)] : []
  })
}

const ENTITY_TAG = /^(W\/)?("[\x21\x23-\x7e\x80-\uffff]*")[ \t]*(?:,[ \t]*|$)/

/** `null` when it cannot be read. */
function readField(request: Request, name: string): '*' | readonly EntityTag[] | undefined | null {
  const text = headerList(request.headers, name)?.trim()
  if (text === undefined || text === '*') return text
  const tags: EntityTag[] = []
  let rest = text
  while (rest !== '') {
    const found = ENTITY_TAG.exec(rest)
    if (!found) return null
    tags.push({ weak: found[1] !== undefined, opaque: found[2]! })
    rest = rest.slice(found[0].length)
  }
  return tags.length > 0 ? tags : null
}
