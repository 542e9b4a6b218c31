import { hash } from 'node:crypto'
import { Lru, type Request } from '@archlab/runtime/kit'

const KEY_LENGTH_MAX = 200
const HASHES_REMEMBERED = 1000

/**
 * The function that names a request's entry. A key from the settings is one entry for every request. Else path and query
 * count, and the Authorization, as a hash: one client's replies are not for another. `prefix` keeps places apart that
 * share a store. HEAD and GET have the same key.
 */
export function cacheKey(fixed: string | undefined, prefix: string): (request: Request) => string {
  if (fixed !== undefined) return () => fixed
  const hashes = new Lru<string>(HASHES_REMEMBERED)
  const hashOf = (authorization: string): string => {
    const known = hashes.get(authorization)
    if (known !== undefined) return known
    const made = hash('sha256', authorization)
    hashes.set(authorization, made)
    return made
  }
  return request => {
    const authorization = request.header('authorization')
    let key = prefix + request.path
    if (request.query !== '') key += `?${request.query}`
    if (key.length > KEY_LENGTH_MAX) key = `${prefix}${hash('sha256', key)}`
    return authorization === undefined ? key : `${key} ${hashOf(authorization)}`
  }
}
