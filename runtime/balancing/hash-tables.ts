import { hash32 } from './hash.ts'

/**
 * Which replica a hash belongs to: an order of preference, so that a replica that is full can be passed over. `owner`
 * gives the index of the n-th choice for a hash.
 */
export interface HashTable {
  /** Indexes into the names the table was made from, first choice first; each index once. */
  preferences(hash: number): Iterable<number>
  /** The first choice. */
  owner(hash: number): number
}

/** Points of a replica on the ring; more points, more even shares. */
const RING_POINTS = 160

/** Consistent hashing on a ring (Karger et al., 1997, with virtual nodes): a replica that goes moves only its own keys. */
export function ringTable(names: readonly string[]): HashTable {
  const points = names.flatMap((name, index) =>
    Array.from({ length: RING_POINTS }, (_, at) => ({ hash: hash32(`${name}#${at}`), index })),
  )
  points.sort((a, b) => a.hash - b.hash || a.index - b.index)
  const hashes = Uint32Array.from(points, point => point.hash)
  const owners = Uint16Array.from(points, point => point.index)
  const first = (hash: number): number => {
    let low = 0
    let high = hashes.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (hashes[middle]! < hash) low = middle + 1
      else high = middle
    }
    return low === hashes.length ? 0 : low
  }
  return walkable(owners, names.length, first)
}

/** Size of a Maglev table: a prime well above a hundred times the number of replicas that are usual here. */
const MAGLEV_SLOTS = 65_537

/** Maglev hashing (Eisenbud et al., NSDI 2016, §3.4): shares even to a slot, at the price of a few moved keys more. */
export function maglevTable(names: readonly string[]): HashTable {
  const owners = new Uint16Array(MAGLEV_SLOTS)
  const taken = new Uint8Array(MAGLEV_SLOTS)
  const positions = names.map(name => ({
    next: hash32(name, 0x51ed270b) % MAGLEV_SLOTS,
    skip: (hash32(name, 0x9e3779b9) % (MAGLEV_SLOTS - 1)) + 1,
  }))
  for (let filled = 0; filled < MAGLEV_SLOTS; ) {
    for (let index = 0; index < positions.length && filled < MAGLEV_SLOTS; index++) {
      const position = positions[index]!
      while (taken[position.next] === 1) position.next = (position.next + position.skip) % MAGLEV_SLOTS
      taken[position.next] = 1
      owners[position.next] = index
      filled += 1
    }
  }
  return walkable(owners, names.length, hash => hash % MAGLEV_SLOTS)
}

/** Preferences by walking on from a hash's place, leaving out owners that were seen already. */
function walkable(owners: Uint16Array, count: number, first: (hash: number) => number): HashTable {
  return {
    owner: hash => owners[first(hash)]!,
    *preferences(hash) {
      const seen = new Set<number>()
      const start = first(hash)
      for (let step = 0; step < owners.length && seen.size < count; step++) {
        const index = owners[(start + step) % owners.length]!
        if (seen.has(index)) continue
        seen.add(index)
        yield index
      }
    },
  }
}
