import assert from 'node:assert/strict'
import { test } from 'node:test'
import { seededRandom } from '@archlab/runtime/kit'
import { lruChe, ttlCaches, ttlHits, zipfPopularity } from './cache-hits.ts'

const KEYS = 400
const POPULARITY = zipfPopularity(KEYS, 0.8)
const REQUESTS = 25_000
const RUNS = 8

interface Played {
  /** Entries that each cache has room for. */
  readonly rooms: readonly number[]
  /** Whether a key is always asked for in the same cache; else any is picked. */
  readonly byKey: boolean
  /** In requests. */
  readonly ttl?: number
}

/** Mean hit ratio of runs: which cache the most popular keys belong to is a matter of luck. */
function played(one: Played): number {
  let sum = 0
  for (let seed = 1; seed <= RUNS; seed++) sum += run(one, seed)
  return sum / RUNS
}

/** Sends requests to LRU caches that store, on a miss, where they were asked; returns the hit ratio after the caches have filled. */
function run({ rooms, byKey, ttl = Number.POSITIVE_INFINITY }: Played, seed: number): number {
  const random = seededRandom(seed)
  const caches = rooms.map(() => new Map<number, number>())
  const anyCache = (): number => Math.floor(random.next() * rooms.length)
  const owners = Array.from({ length: KEYS }, anyCache)
  let hits = 0
  for (let now = 0; now < 1.5 * REQUESTS; now++) {
    const key = DRAWN[Math.floor(random.next() * DRAWN.length)]!
    const at = byKey ? owners[key]! : anyCache()
    const cache = caches[at]!
    const storedAt = cache.get(key)
    const hit = storedAt !== undefined && now - storedAt < ttl
    if (hit && now >= 0.5 * REQUESTS) hits++
    cache.delete(key)
    cache.set(key, hit ? storedAt : now)
    if (cache.size > rooms[at]!) cache.delete(cache.keys().next().value!)
  }
  return hits / REQUESTS
}

/** Keys as often as they are popular, to draw from. */
const DRAWN = POPULARITY.reduce<number[]>((drawn, one, key) => {
  const times = Math.round(one * 100_000)
  for (let time = 0; time < times; time++) drawn.push(key)
  return drawn
}, [])

/** The same by theory: requests divide evenly over the caches, or the keys do. */
function predicted({ rooms, byKey, ttl = Number.POSITIVE_INFINITY }: Played): number {
  const part = 1 / rooms.length
  const asked = { popularity: POPULARITY, arrivalRate: byKey ? 1 : part, share: byKey ? part : 1, ttl }
  return rooms.reduce((sum, room) => sum + part * ttlCaches([asked], room)[0]!.hitRatio, 0)
}

test('hit ratios of several caches, picked at random or by key, are near those of a simulation', () => {
  const cases: Played[] = [
    { rooms: [100], byKey: false },
    { rooms: [100, 100], byKey: false },
    { rooms: [100, 100], byKey: true },
    { rooms: [40, 160], byKey: false },
    { rooms: [40, 160], byKey: true },
    { rooms: [30, 30, 30, 30, 30], byKey: false },
    { rooms: [30, 30, 30, 30, 30], byKey: true },
    { rooms: [100, 100], byKey: false, ttl: 6000 },
    { rooms: [100, 100], byKey: true, ttl: 6000 },
  ]
  for (const one of cases) {
    const [theory, simulated] = [predicted(one), played(one)]
    assert.ok(Math.abs(theory / simulated - 1) < 0.02, `${JSON.stringify(one)}: ${theory}, simulated ${simulated}`)
  }
})

test('caches of one size that are picked by key are one cache of their sizes together', () => {
  const one = { popularity: POPULARITY, arrivalRate: 1, share: 0.25, ttl: Number.POSITIVE_INFINITY }
  const [answer] = ttlCaches([one], 50)
  assert.ok(Math.abs(answer!.hitRatio - lruChe(POPULARITY, 200).hitRatio) < 1e-9)
  assert.equal(answer!.label, 'approximate')
})

test('sets of keys in one cache take room from each other, in proportion to how often they are asked for', () => {
  const set = (arrivalRate: number) => ({
    popularity: POPULARITY,
    arrivalRate,
    share: 1,
    ttl: Number.POSITIVE_INFINITY,
  })
  const [left, right] = ttlCaches([set(1), set(1)], 100)
  assert.ok(Math.abs(left!.hitRatio - lruChe(POPULARITY, 50).hitRatio) < 1e-9)
  assert.equal(left!.hitRatio, right!.hitRatio)
  const [often, seldom] = ttlCaches([set(10), set(1)], 100)
  assert.ok(often!.hitRatio > left!.hitRatio && seldom!.hitRatio < right!.hitRatio)
})

test('with room for all only the time to live decides, exactly', () => {
  const asked = { popularity: [0.5, 0.5], arrivalRate: 2, share: 1, ttl: 3 }
  for (const room of [2, Number.POSITIVE_INFINITY]) {
    const [answer] = ttlCaches([asked], room)
    assert.deepEqual([answer!.hitRatio, answer!.label], [ttlHits(1, 3, false), 'exact'])
  }
  assert.equal(ttlCaches([{ ...asked, ttl: Number.POSITIVE_INFINITY }], 2)[0]!.hitRatio, 1)
  assert.equal(ttlCaches([{ ...asked, arrivalRate: 0 }], 1)[0]!.hitRatio, 0)
})
