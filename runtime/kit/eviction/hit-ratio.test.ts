import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { seededRandom } from '../random.ts'
import { EvictingTable } from './evicting-table.ts'
import { type EvictionName, evictionPolicy } from './evictions.ts'

const KEYS = 100_000
const CAPACITY = 1000
const EXPONENT = 0.99
const WARMUP_DRAWS = 200_000
const DRAWS = 800_000

const weights = Float64Array.from({ length: KEYS }, (_, rank) => (rank + 1) ** -EXPONENT)
const total = weights.reduce((sum, weight) => sum + weight, 0)
const shares = weights.map(weight => weight / total)
const names = Array.from({ length: KEYS }, (_, rank) => `/items/${rank}`)
let draws: Int32Array

before(() => {
  draws = zipfDraws(WARMUP_DRAWS + DRAWS, 'zipf')
})

/** Ranks drawn with Zipf shares: by the inverse of their sum, where a table of 65,536 steps says between which ranks to search. */
function zipfDraws(count: number, seed: string): Int32Array {
  const steps = 65_536
  const sums = new Float64Array(KEYS)
  let sum = 0
  for (let rank = 0; rank < KEYS; rank++) {
    sum += shares[rank]!
    sums[rank] = sum
  }
  const firstRank = new Int32Array(steps + 1)
  for (let step = 1, rank = 0; step <= steps; step++) {
    while (rank < KEYS - 1 && sums[rank]! < step / steps) rank += 1
    firstRank[step] = rank
  }
  const random = seededRandom(seed)
  return Int32Array.from({ length: count }, () => {
    const point = random.next()
    let rank = firstRank[Math.floor(point * steps)]!
    while (rank < KEYS - 1 && sums[rank]! <= point) rank += 1
    return rank
  })
}

/** Che's approximation: with the characteristic time T that fills the cache, key i is found with 1 - exp(-p_i T). */
function cheHitRatio(): number {
  let lowest = 0
  let highest = KEYS * 10
  while (highest - lowest > 1e-6 * highest) {
    const middle = (lowest + highest) / 2
    const held = shares.reduce((sum, share) => sum + 1 - Math.exp(-share * middle), 0)
    if (held < CAPACITY) lowest = middle
    else highest = middle
  }
  return shares.reduce((sum, share) => sum + share * (1 - Math.exp(-share * lowest)), 0)
}

function hitRatio(name: EvictionName): number {
  const table = new EvictingTable<number>({ entriesMax: CAPACITY, policy: evictionPolicy(name, CAPACITY) })
  let hits = 0
  for (const [at, rank] of draws.entries()) {
    const key = names[rank]!
    if (table.get(key) === undefined) table.set(key, rank)
    else if (at >= WARMUP_DRAWS) hits += 1
  }
  return hits / DRAWS
}

const near = (actual: number, expected: number, tolerance: number): void =>
  assert.ok(Math.abs(actual - expected) <= tolerance, `${actual} is not ${expected} ± ${tolerance}`)

test('LRU finds as many as Che approximates: 0.489 of draws by Zipf(0.99) from 100,000 keys with room for 1 %', () => {
  near(cheHitRatio(), 0.489, 0.001)
  near(hitRatio('lru'), 0.489, 0.005)
})

test('SIEVE finds 0.593 of them', () => near(hitRatio('sieve'), 0.593, 0.01))

test('S3-FIFO finds 0.585 of them', () => near(hitRatio('s3-fifo'), 0.585, 0.01))
