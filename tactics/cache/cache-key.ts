import { hash } from 'node:crypto'
import { headerList, Lru, type Request } from '@archlab/runtime/kit'

const KEY_LENGTH_MAX = 200
const HASHES_REMEMBERED = 1000

/**
 * Names of entries. A key from the settings is one entry for every request. Else path and query count, and the
 * Authorization, as a hash: one client's replies are not for another. HEAD and GET have the same key. No value of a
 * request's field can be read from a name, since names go to stores.
 */
export class CacheKeys {
  /** True when a name is made from each request. */
  readonly perRequest: boolean
  readonly #fixed: string
  readonly #prefix: string
  readonly #hashes = new Lru<string>(HASHES_REMEMBERED)

  /** `prefix` keeps places apart that share a store. */
  constructor(fixed: string | undefined, prefix: string) {
    this.perRequest = fixed === undefined
    this.#fixed = fixed ?? ''
    this.#prefix = prefix
  }

  /** What the request is for, whoever asks. */
  uri(request: Request): string {
    if (!this.perRequest) return this.#fixed
    let uri = this.#prefix + request.path
    if (request.query !== '') uri += `?${request.query}`
    return uri.length > KEY_LENGTH_MAX ? `${this.#prefix}${hash('sha256', uri)}` : uri
  }

  /** The name of the entry that may answer the request. `uri` is the request's. */
  key(uri: string, request: Request): string {
    if (!this.perRequest) return this.#fixed
    const authorization = request.header('authorization')
    // In front, because a table of keys looks at their ends first, and those differ more.
    return authorization === undefined ? uri : `${this.#hash(authorization)} ${uri}`
  }

  /** Stands for the values of the fields that `vary` names, `, ` between the names; empty for an empty `vary`. */
  selection(vary: string, request: Request): string {
    if (vary === '') return ''
    let values = ''
    for (const name of vary.split(', ')) {
      const value = headerList(request.headers, name)
      // Absent is not the same as empty (RFC 9111 §4.1); white space round commas says nothing.
      values += value === undefined ? '\n-' : `\n+${value.trim().replace(/\s*,\s*/g, ',')}`
    }
    return this.#hash(values)
  }

  #hash(text: string): string {
    const known = this.#hashes.get(text)
    if (known !== undefined) return known
    const made = hash('sha256', text)
    this.#hashes.set(text, made)
    return made
  }
}
