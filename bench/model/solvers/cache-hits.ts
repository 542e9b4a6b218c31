import { type Answer, assertAmount, assertCount } from './answer.ts'

/*
 * Hit ratios of caches under the independent reference model: each request asks for a key at random, whatever came before.
 */

export interface HitAnswer extends Answer {
  /** Share of requests that are answered from the cache, 0..1. */
  readonly hitRatio: number
  /** By key, in the order of the popularities. */
  readonly perKey: readonly number[]
}

const REFERENCES = 'each request asks for a key at random, whatever came before'
/** Permutations of the most popular entries are added up, so more keys take too long. */
export const EXACT_KEYS_MAX = 10

/** Probabilities of `keys` keys, the k-th most popular one proportional to 1/k^exponent (Zipf); 0 makes all alike. */
export function zipfPopularity(keys: number, exponent: number): Float64Array {
  assertCount('keys', keys, 1)
  assertAmount('exponent', exponent)
  const weights = Float64Array.from({ length: keys }, (_, at) => (at + 1) ** -exponent)
  const sum = weights.reduce((total, one) => total + one, 0)
  return weights.map(one => one / sum)
}

/** A cache that forgets what was used longest ago. Exact: W. F. King 1971, a sum over what the cache can hold, in order. */
export function lruExact(popularity: ArrayLike<number>, capacity: number): HitAnswer {
  const keys = popularity.length
  assertCount('capacity', capacity, 0)
  if (keys > EXACT_KEYS_MAX) throw new RangeError(`the exact sum is for at most ${EXACT_KEYS_MAX} keys, not ${keys}`)
  const perKey = new Array<number>(keys).fill(0)
  const held: number[] = []
  // `probability`: that the entries held are those used last, the latest first; `rest`: that another key is asked for.
  const extend = (probability: number, rest: number): void => {
    if (held.length === Math.min(capacity, keys)) {
      for (const key of held) perKey[key]! += probability
      return
    }
    for (let key = 0; key < keys; key++) {
      if (held.includes(key) || popularity[key] === 0) continue
      held.push(key)
      extend((probability * popularity[key]!) / rest, rest - popularity[key]!)
      held.pop()
    }
  }
  if (capacity >= keys) perKey.fill(1)
  else extend(1, 1)
  return answer(popularity, perKey, 'exact')
}

/** How long an entry stays that nobody asks for: the one with which as many keys are held, on average, as there is room for; in the unit of `filled`. */
export function characteristicTime(capacity: number, filled: (time: number) => number): number {
  let most = Math.max(1, capacity)
  while (filled(most) < capacity) most *= 2
  let least = 0
  for (let round = 0; round < 200 && most - least > 1e-14 * most; round++) {
    const middle = (least + most) / 2
    if (filled(middle) < capacity) least = middle
    else most = middle
  }
  return (least + most) / 2
}

/**
 * The same for any number of keys by Che's approximation: each entry behaves as if it stayed for one and the same time after it was
 * last asked for (H. Che, Y. Tung, Z. Wang, IEEE JSAC 20(7), 2002; why it is so near: C. Fricker, P. Robert, J. Roberts 2012).
 */
export function lruChe(popularity: ArrayLike<number>, capacity: number): HitAnswer & { readonly time: number } {
  return limited(popularity, capacity, heldByLru)
}

/**
 * A cache that forgets the oldest entry (FIFO) or one at random, by the same approximation: an entry stays for a time that hits do not
 * prolong. Both have the same hit ratio (E. Gelenbe, IEEE Trans. Computers 22(6), 1973; Fricker et al. 2012, §6).
 */
export function fifoOrRandom(popularity: ArrayLike<number>, capacity: number): HitAnswer & { readonly time: number } {
  return limited(popularity, capacity, expected => expected / (1 + expected))
}

function limited(
  popularity: ArrayLike<number>,
  capacity: number,
  held: (expected: number) => number,
): HitAnswer & { time: number } {
  assertCount('capacity', capacity, 0)
  let wanted = 0
  for (let key = 0; key < popularity.length; key++) if (popularity[key]! > 0) wanted++
  if (capacity >= wanted) {
    const all = Array.from(popularity, one => (one > 0 ? 1 : 0))
    return { ...answer(popularity, all, 'exact'), time: Number.POSITIVE_INFINITY }
  }
  const time = capacity === 0 ? 0 : characteristicTime(capacity, requests => heldOf(popularity, requests, held))
  return {
    ...answer(
      popularity,
      Array.from(popularity, one => held(one * time)),
      'approximate',
    ),
    time,
  }
}

/** Sum over keys of their probability to be held, when so many requests come in the time that entries stay. */
function heldOf(popularity: ArrayLike<number>, requests: number, held: (expected: number) => number): number {
  let sum = 0
  for (let key = 0; key < popularity.length; key++) sum += held(popularity[key]! * requests)
  return sum
}

/**
 * Entries without limit of number that are forgotten after `ttl`. `renewed`: each hit begins the time anew, hit ratio 1 - e^(-λT); else it
 * counts from when the entry was stored: λT hits follow each miss, so the ratio is λT/(1 + λT).
 */
export function ttlHits(arrivalRate: number, ttl: number, renewed: boolean): number {
  assertAmount('arrivalRate', arrivalRate)
  assertAmount('ttl', ttl, { infinite: true })
  if (arrivalRate === 0) return 0
  const expected = arrivalRate * ttl
  if (expected === Number.POSITIVE_INFINITY) return 1
  return renewed ? -Math.expm1(-expected) : expected / (1 + expected)
}

/** A set of keys that one cache is asked for. */
export interface AskedKeys {
  readonly popularity: ArrayLike<number>
  /** Requests for all keys of the set, per unit of the time that `ttl` is given in, if each of them were this cache's. */
  readonly arrivalRate: number
  /** How long an entry is of use, from when it was stored. */
  readonly ttl: number
  /** Share of the keys that are this cache's, 0..1: below 1 where they are dealt out over several caches. */
  readonly share: number
}

/**
 * An LRU cache whose entries also end after a time to live, for each set of keys that is asked for in it. What the two forget independently
 * of each other: the shorter of the two times decides. The characteristic time of Che's approximation is one for all sets, since they are in
 * each other's way: they fill the cache together.
 *
 * Of several caches, each of which stores what it was asked for and did not have, each is such a cache by itself. Where chance picks
 * one for each request, it gets its part of the requests, for all keys; where the key does, all requests for a share of the keys.
 */
export function ttlCaches(asked: readonly AskedKeys[], capacity: number): HitAnswer[] {
  const unlimited = asked.map(({ popularity, arrivalRate, ttl }) =>
    Array.from(popularity, one => ttlHits(arrivalRate * one, ttl, false)),
  )
  const fresh = asked.reduce((sum, { share }, at) => sum + share * unlimited[at]!.reduce((all, one) => all + one, 0), 0)
  const whole = asked.every(one => one.share === 1)
  // A little more than the room is rounding.
  if (fresh <= capacity * (1 + 1e-9)) {
    return asked.map(({ popularity }, at) => answer(popularity, unlimited[at]!, whole ? 'exact' : 'approximate'))
  }
  const time = characteristicTime(capacity, after =>
    asked.reduce((sum, one) => sum + one.share * heldOf(one.popularity, one.arrivalRate * after, heldByLru), 0),
  )
  return asked.map(({ popularity, arrivalRate }, at) => {
    const perKey = unlimited[at]!.map((one, key) => Math.min(one, heldByLru(arrivalRate * popularity[key]! * time)))
    return answer(popularity, perKey, 'approximate')
  })
}

/** Whether a key was asked for in a time in which so many requests for it are expected. */
const heldByLru = (expected: number): number => -Math.expm1(-expected)

function answer(popularity: ArrayLike<number>, perKey: readonly number[], label: Answer['label']): HitAnswer {
  const hitRatio = perKey.reduce((sum, one, key) => sum + one * popularity[key]!, 0)
  return { label, assumptions: [REFERENCES], hitRatio, perKey }
}
