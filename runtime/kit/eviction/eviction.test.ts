import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { EvictingTable } from './evicting-table.ts'
import { EVICTION_NAMES, type EvictionName, evictionPolicy } from './evictions.ts'

/** A policy written as plainly as possible, over keys. */
interface Reference {
  inserted(key: string): void
  used(key: string): void
  removed(key: string): void
  evict(): string
}

/** Newest first, as in the papers. */
class LruReference implements Reference {
  list: string[] = []
  inserted(key: string): void {
    this.list.unshift(key)
  }
  used(key: string): void {
    this.removed(key)
    this.inserted(key)
  }
  removed(key: string): void {
    this.list = this.list.filter(one => one !== key)
  }
  evict(): string {
    return this.list.pop()!
  }
}

class SieveReference implements Reference {
  list: string[] = []
  visited = new Set<string>()
  hand: string | undefined
  inserted(key: string): void {
    this.list.unshift(key)
  }
  used(key: string): void {
    this.visited.add(key)
  }
  /** The one inserted next after `key`. */
  next(key: string): string | undefined {
    return this.list[this.list.indexOf(key) - 1]
  }
  removed(key: string): void {
    if (this.hand === key) this.hand = this.next(key)
    this.list = this.list.filter(one => one !== key)
    this.visited.delete(key)
  }
  evict(): string {
    let key = this.hand ?? this.list.at(-1)!
    while (this.visited.delete(key)) key = this.next(key) ?? this.list.at(-1)!
    this.hand = key
    this.removed(key)
    return key
  }
}

class S3FifoReference implements Reference {
  small: string[] = []
  main: string[] = []
  /** Everything that went from the small queue, newest first; what came back is crossed out. */
  ghosts: (string | undefined)[] = []
  uses = new Map<string, number>()
  readonly ghostsMax: number
  constructor(entriesMax: number) {
    this.ghostsMax = Math.max(1, Math.floor(entriesMax * 0.9))
  }
  inserted(key: string): void {
    this.uses.set(key, 0)
    const ghost = this.ghosts.indexOf(key)
    if (ghost < 0) this.small.unshift(key)
    else {
      this.ghosts[ghost] = undefined
      this.main.unshift(key)
    }
  }
  used(key: string): void {
    this.uses.set(key, Math.min(3, this.uses.get(key)! + 1))
  }
  removed(key: string): void {
    this.small = this.small.filter(one => one !== key)
    this.main = this.main.filter(one => one !== key)
  }
  evict(): string {
    while (this.small.length > 0 && this.small.length >= (this.small.length + this.main.length) * 0.1) {
      const key = this.small.pop()!
      if (this.uses.get(key)! <= 1) {
        this.ghosts = [key, ...this.ghosts].slice(0, this.ghostsMax)
        return key
      }
      this.uses.set(key, 0)
      this.main.unshift(key)
    }
    for (;;) {
      const key = this.main.pop()!
      const uses = this.uses.get(key)!
      if (uses === 0) return key
      this.uses.set(key, uses - 1)
      this.main.unshift(key)
    }
  }
}

function reference(name: EvictionName, entriesMax: number): Reference {
  if (name === 'lru') return new LruReference()
  return name === 'sieve' ? new SieveReference() : new S3FifoReference(entriesMax)
}

interface Step {
  name: 'get' | 'set' | 'delete' | 'clear'
  key: string
  bytes: number
}
// Few keys, so that entries come back while they are remembered; 40 of them, so that tables have to grow.
const step = fc.record<Step>({
  name: fc.oneof(
    { weight: 20, arbitrary: fc.constantFrom<Step['name']>('get', 'set', 'set') },
    { weight: 2, arbitrary: fc.constant<Step['name']>('delete') },
  ),
  key: fc.nat(39).map(at => `key-${at}`),
  bytes: fc.nat(30),
})
const steps = fc.array(step, { maxLength: 400, size: 'max' })

/** Keys of a table and of its reference, after one sequence of operations on both. */
function follow(name: EvictionName, entriesMax: number, bytesMax: number, sequence: readonly Step[]): void {
  let evicted = 0
  const table = new EvictingTable<number>({
    entriesMax,
    bytesMax,
    policy: evictionPolicy(name, entriesMax),
    onEvict: () => {
      evicted += 1
    },
  })
  const model = reference(name, entriesMax)
  const held = new Map<string, { value: number; bytes: number }>()
  const total = (): number => [...held.values()].reduce((sum, one) => sum + one.bytes, 0)
  let gone = 0
  sequence.forEach(({ name: operation, key, bytes }, value) => {
    const known = held.get(key)
    if (operation === 'get') {
      if (known) model.used(key)
      assert.equal(table.get(key), known?.value)
    } else if (operation === 'delete') {
      if (known) model.removed(key)
      held.delete(key)
      assert.equal(table.delete(key), known?.value)
    } else {
      if (known && total() - known.bytes + bytes <= bytesMax) {
        model.used(key)
        held.set(key, { value, bytes })
      } else {
        if (known) model.removed(key)
        held.delete(key)
        while (bytes <= bytesMax && (held.size >= entriesMax || total() + bytes > bytesMax)) {
          held.delete(model.evict())
          gone += 1
        }
        if (bytes <= bytesMax) {
          held.set(key, { value, bytes })
          model.inserted(key)
        }
      }
      assert.equal(table.set(key, value, bytes), bytes <= bytesMax)
    }
    assert.deepEqual([table.size, table.bytes, evicted], [held.size, total(), gone])
    for (const [one, { value: expected }] of held) assert.equal(table.peek(one), expected)
  })
}

for (const name of EVICTION_NAMES) {
  test(`${name}: any sequence of operations leaves what a plain implementation of the policy leaves`, () => {
    fc.assert(
      fc.property(fc.constantFrom(1, 2, 3, 7, 20, 35), steps, (entriesMax, sequence) => {
        follow(name, entriesMax, Number.POSITIVE_INFINITY, sequence)
      }),
      { numRuns: 100 },
    )
  })

  test(`${name}: bounded in bytes as well it leaves what a plain implementation leaves`, () => {
    fc.assert(
      fc.property(fc.constantFrom(3, 20, 35), fc.integer({ min: 20, max: 300 }), steps, (entriesMax, bytesMax, all) => {
        follow(name, entriesMax, bytesMax, all)
      }),
      { numRuns: 100 },
    )
  })

  test(`${name}: an emptied table begins anew`, () => {
    const table = new EvictingTable<number>({ entriesMax: 30, policy: evictionPolicy(name, 30) })
    for (let round = 0; round < 3; round++) {
      for (let at = 0; at < 100; at++) table.set(`${at}`, at)
      assert.equal(table.size, 30)
      assert.equal([...Array(100).keys()].filter(at => table.get(`${at}`) === at).length, 30)
      table.clear()
      assert.deepEqual([table.size, table.bytes, table.get('99')], [0, 0, undefined])
    }
  })
}

test('sieve keeps what is asked for again and lets a scan pass through', () => {
  const table = new EvictingTable<number>({ entriesMax: 10, policy: evictionPolicy('sieve', 10) })
  const popular = Array.from({ length: 5 }, (_, at) => `popular-${at}`)
  for (const key of popular) table.set(key, 1)
  for (let at = 0; at < 100; at++) {
    for (const key of popular) assert.equal(table.get(key), 1)
    table.set(`scanned-${at}`, 1)
  }
})

for (const name of EVICTION_NAMES) {
  test(`${name}: a table that is resized goes on with what it has, within its new bounds`, () => {
    let evicted = 0
    const policy = evictionPolicy(name, 4)
    const table = new EvictingTable<number>({ entriesMax: 4, policy, onEvict: () => (evicted += 1) })
    const fill = (from: number, to: number) => {
      for (let key = from; key < to; key++) table.set(String(key), key, 10)
    }
    fill(0, 4)
    table.resize(50, 10_000)
    fill(4, 50)
    assert.deepEqual([table.size, evicted], [50, 0])
    table.resize(50, 300)
    assert.deepEqual([table.size, table.bytes, evicted], [30, 300, 20])
    table.resize(3, 300)
    assert.deepEqual([table.size, evicted], [3, 47])
    fill(100, 200)
    assert.deepEqual([table.size, table.bytes], [3, 30])
  })
}
