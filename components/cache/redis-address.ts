/** Where a Redis is, and how to be let in. */
export interface RedisAddress {
  /** Several for a cluster: those that are asked who belongs to it. */
  readonly nodes: readonly { readonly host: string; readonly port: number }[]
  readonly cluster: boolean
  readonly tls: boolean
  readonly username: string | undefined
  readonly password: string | undefined
  /** Number of the logical database; a cluster has only 0. */
  readonly database: number
}

const PORT = 6379
const SCHEME = /^(rediss?)(-cluster)?:\/\//i

/** True of what means to be the address of a Redis, right or wrong. */
export const isRedis = (store: string): boolean => /^rediss?(-cluster)?:/i.test(store)

/**
 * Reads `redis://user:password@host:port/database`, `rediss://` for TLS, and `redis-cluster://` or `rediss-cluster://` with a
 * list of hosts in the place of one. Text says what is wrong with it, without quoting it.
 */
export function readAddress(store: string): RedisAddress | string {
  const scheme = SCHEME.exec(store)
  if (!scheme) return 'a Redis is written redis://HOST:PORT/DATABASE'
  const [start, protocol, cluster] = scheme
  const rest = store.slice(start.length)
  const hosts = rest.slice(rest.lastIndexOf('@') + 1)
  const credentials = rest.slice(0, Math.max(0, rest.lastIndexOf('@') + 1))
  const [list = '', ...path] = hosts.split('/')
  if (!cluster && list.includes(',')) return 'several hosts are a cluster: redis-cluster://HOST:PORT,HOST:PORT'
  const addresses = cluster ? list.split(',') : [list]
  const urls = addresses.map(host => parse(`http://${credentials}${host}/${path.join('/')}`))
  const first = urls[0]
  if (!first || urls.some(url => url === undefined || url.hostname === '')) {
    return cluster ? 'this is no list of hosts' : 'this is no address'
  }
  if (first.search !== '' || first.hash !== '') return 'a Redis address has no query'
  const database = first.pathname === '/' ? 0 : Number(/^\/([0-9]{1,4})$/.exec(first.pathname)?.[1] ?? Number.NaN)
  if (Number.isNaN(database)) return 'what follows the host must be the number of a database'
  if (cluster && database !== 0) return 'a cluster has only database 0'
  return {
    nodes: urls.map(url => ({ host: hostOf(url!), port: url!.port === '' ? PORT : Number(url!.port) })),
    cluster: cluster !== undefined,
    tls: protocol!.toLowerCase() === 'rediss',
    username: decoded(first.username),
    password: decoded(first.password),
    database,
  }
}

function parse(text: string): URL | undefined {
  // The default port of http would be left out.
  return URL.canParse(text) ? new URL(text.replace(/^http/, 'redis')) : undefined
}

const hostOf = (url: URL): string => url.hostname.replace(/^\[(.*)\]$/, '$1')

function decoded(text: string): string | undefined {
  if (text === '') return undefined
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
