import { seededRandom } from '@archlab/runtime/kit'
import { importPeer } from '../support/peers.ts'
import type { BenchCase } from './cases.ts'
import { missing } from './cockatiel.ts'

/** The part of lru-cache that is measured. */
interface LruCache {
  readonly size: number
  get(key: string): object | undefined
  set(key: string, value: object): this
}
interface LruCacheModule {
  LRUCache: new (options: { max: number; ttl?: number }) => LruCache
}

const PACKAGE = 'lru-cache'
const BATCH = 1000
const KEYS = [1000, 200_000]
const TTL_MS = 86_400_000

const numbers = once(count => shuffled(shuffled(names('', count), 1), 2))
const newcomers = once(count => shuffled(names('/others/', 2 * count), 1))

/** Why there are no cases, if so. */
export const skipped = missing(PACKAGE)

const cases: readonly BenchCase[] = skipped === undefined ? KEYS.flatMap(createCases) : []
export default cases

/** With a time to live, as a cache of replies needs it, and without. */
function createCases(count: number): BenchCase[] {
  const { LRUCache } = importPeer<LruCacheModule>(PACKAGE)
  const keys = shuffled(names('/items/', count), 1)
  // Read in another order than they were stored in.
  const order = shuffled(keys, 2)
  const value = { status: 200 }
  const filled = (options: { ttl?: number }): LruCache => {
    const cache = new LRUCache({ max: count, ...options })
    for (const key of keys) cache.set(key, value)
    return cache
  }
  const variants = { [PACKAGE]: {}, [`${PACKAGE} with ttl`]: { ttl: TTL_MS } }
  const title = `${count.toLocaleString('en-US')} keys`
  return Object.entries(variants).flatMap(([name, options]): BenchCase[] => {
    const common = { name, ours: false, batch: BATCH }
    // None of the first three changes what is in it.
    let kept: LruCache | undefined
    const shared = (): LruCache => {
      kept ??= filled(options)
      return kept
    }
    return [
      { ...common, group: `cache get, ${title}`, run: getting(shared, order) },
      { ...common, group: `cache get, ${title} made anew`, run: gettingAnew(shared, count) },
      { ...common, group: `cache set, ${title}`, run: setting(shared, order, value) },
      { ...common, group: `cache evicting set, ${title}`, run: evicting(() => filled(options), count, value) },
    ]
  })
}

/** Every key in turn. */
function getting(fill: () => LruCache, keys: readonly string[]): () => void {
  let cache: LruCache | undefined
  let at = 0
  return () => {
    cache ??= fill()
    for (let index = 0; index < BATCH; index++) {
      if (cache.get(keys[at]!) === undefined) throw new Error(`${keys[at]} is not there`)
      at = at + 1 < keys.length ? at + 1 : 0
    }
  }
}

/** The same with keys made anew, as requests bring them: nothing knows their hash. */
function gettingAnew(fill: () => LruCache, count: number): () => void {
  const ids = numbers(count)
  let cache: LruCache | undefined
  let at = 0
  return () => {
    cache ??= fill()
    for (let index = 0; index < BATCH; index++) {
      if (cache.get(`/items/${ids[at]}`) === undefined) throw new Error(`${ids[at]} is not there`)
      at = at + 1 < ids.length ? at + 1 : 0
    }
  }
}

function setting(fill: () => LruCache, keys: readonly string[], value: object): () => void {
  let cache: LruCache | undefined
  let at = 0
  return () => {
    cache ??= fill()
    for (let index = 0; index < BATCH; index++) {
      cache.set(keys[at]!, value)
      at = at + 1 < keys.length ? at + 1 : 0
    }
    if (cache.size !== keys.length) throw new Error(`${cache.size} entries, not ${keys.length}`)
  }
}

/** Twice as many keys as fit, so that each one comes in anew and another one leaves. */
function evicting(fill: () => LruCache, count: number, value: object): () => void {
  const others = newcomers(count)
  let cache: LruCache | undefined
  let at = 0
  return () => {
    cache ??= fill()
    for (let index = 0; index < BATCH; index++) {
      cache.set(others[at]!, value)
      at = at + 1 < others.length ? at + 1 : 0
    }
    if (cache.size !== count) throw new Error(`${cache.size} entries, not ${count}`)
  }
}

/** Makes a list for each count no more than once: it takes longer than what is measured. */
function once(make: (count: number) => readonly string[]): (count: number) => readonly string[] {
  const made = new Map<number, readonly string[]>()
  return count => {
    const list = made.get(count) ?? make(count)
    made.set(count, list)
    return list
  }
}

/** Names of things, in order. */
function names(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}${index}`)
}

/** The list in another order, the same one for a seed (Fisher and Yates). */
function shuffled(given: readonly string[], seed: number): string[] {
  const random = seededRandom(seed)
  const list = [...given]
  for (let last = list.length - 1; last > 0; last--) {
    const other = Math.floor(random.next() * (last + 1))
    ;[list[last], list[other]] = [list[other]!, list[last]!]
  }
  return list
}
