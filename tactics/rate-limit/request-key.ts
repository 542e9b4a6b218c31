import { hash } from 'node:crypto'
import { Lru, type Request } from '@archlab/runtime/kit'

/** What `key` may say. */
export const KEY_PATTERN = "^(none|ip|path|header:[A-Za-z0-9!#$%&'*+.^_`|~-]+|claim:[A-Za-z0-9_.:/-]+)$"

/** Longer keys are replaced by their hash, so that the table's memory is bounded too. */
const KEY_LENGTH_MAX = 128
const TOKEN_LENGTH_MAX = 8192
const TOKENS_REMEMBERED = 1000

/** Requests that lack the key's source (no such header, no token) share one limit under this name. */
export const ABSENT = ''

/** The function that finds a request's key; `undefined` for `none`. `specification` fits KEY_PATTERN. */
export function requestKey(specification: string): ((request: Request) => string) | undefined {
  if (specification === 'none') return undefined
  if (specification === 'ip') return request => bounded(request.client)
  if (specification === 'path') return request => bounded(request.path)
  const colon = specification.indexOf(':')
  const name = specification.slice(colon + 1)
  if (specification.startsWith('claim:')) return claimKey(name)
  const header = name.toLowerCase()
  return request => bounded(request.header(header) ?? ABSENT)
}

function bounded(key: string): string {
  return key.length <= KEY_LENGTH_MAX ? key : hash('sha256', key)
}

/** Reads a claim of the bearer token without verifying it; verification is the business of `auth`, which stands outside. */
function claimKey(claim: string): (request: Request) => string {
  const known = new Lru<string>(TOKENS_REMEMBERED)
  return request => {
    const authorization = request.header('authorization')
    if (authorization === undefined || authorization.length > TOKEN_LENGTH_MAX) return ABSENT
    const remembered = known.get(authorization)
    if (remembered !== undefined) return remembered
    const key = bounded(readClaim(authorization, claim))
    known.set(authorization, key)
    return key
  }
}

function readClaim(authorization: string, claim: string): string {
  const payload = authorization.split('.')[1]
  if (payload === undefined) return ABSENT
  try {
    const claims: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString())
    if (typeof claims !== 'object' || claims === null || !Object.hasOwn(claims, claim)) return ABSENT
    const value = (claims as Record<string, unknown>)[claim]
    return typeof value === 'string' || typeof value === 'number' ? String(value) : ABSENT
  } catch {
    return ABSENT
  }
}
