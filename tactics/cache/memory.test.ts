import assert from 'node:assert/strict'
import { test } from 'node:test'
import { EVICTION_NAMES, type EvictionName, type Meter, Reply } from '@archlab/runtime/kit'
import fc from 'fast-check'
import { Entry } from './entry.ts'
import { Memory } from './memory.ts'

function meter(): Meter {
  let value = 0
  return {
    add: (amount = 1) => {
      value += amount
    },
    set: next => {
      value = next
    },
    get value() {
      return value
    },
  }
}
const verdict = { shareable: true, vary: '', ttlMs: 1000, staleWhileRevalidateMs: 0, staleIfErrorMs: 0 }
const entry = (bytes = 1) => [Entry.of(new Reply(200, '', 'x'.repeat(bytes)), 0, verdict, '', 0)]

function subject(maxEntries: number, maxBytes: number, eviction: EvictionName = 'lru') {
  const meters = { evicted: meter(), entries: meter(), bytes: meter() }
  return { ...meters, memory: new Memory({ maxEntries, maxBytes, eviction }, meters) }
}

test('beyond max-entries the entry used longest ago leaves and is counted', () => {
  const { memory, evicted, entries } = subject(2, 1e6)
  memory.set('a', entry())
  memory.set('b', entry())
  memory.get('a')
  memory.set('c', entry())
  assert.equal(memory.get('b').length, 0)
  assert.ok(memory.get('a').length === 1 && memory.get('c').length === 1)
  assert.deepEqual([evicted.value, entries.value], [1, 2])
})

test('another eviction policy makes another choice', () => {
  const { memory } = subject(2, 1e6, 'sieve')
  memory.set('a', entry())
  memory.set('b', entry())
  memory.get('b')
  memory.get('a')
  // Both are marked: SIEVE takes the marks in the order in which they came, and the oldest is the first without one.
  memory.set('c', entry())
  assert.deepEqual([memory.known('a').length, memory.known('b').length], [0, 1])
})

test('looking what is known does not count as a use', () => {
  const { memory } = subject(2, 1e6)
  memory.set('a', entry())
  memory.set('b', entry())
  memory.known('a')
  memory.set('c', entry())
  assert.deepEqual([memory.known('a').length, memory.known('b').length], [0, 1])
})

test('replacing an entry evicts nothing', () => {
  const { memory, evicted } = subject(1, 1e6)
  memory.set('a', entry())
  memory.set('a', entry())
  assert.equal(evicted.value, 0)
})

test('an entry larger than the whole memory is not taken, and drives nothing out', () => {
  const { memory, evicted } = subject(10, 1000)
  memory.set('a', entry())
  assert.equal(memory.set('big', entry(2000)), false)
  assert.equal(memory.get('a').length, 1)
  assert.equal(evicted.value, 0)
})

test('number and bytes stay within their bounds whatever is stored, and return to zero', () => {
  const step = fc.tuple(fc.constantFrom(...'abcdefgh'), fc.integer({ min: 0, max: 1200 }))
  fc.assert(
    fc.property(fc.constantFrom(...EVICTION_NAMES), fc.array(step, { maxLength: 80 }), (eviction, steps) => {
      const { memory, entries, bytes } = subject(5, 2000, eviction)
      for (const [key, length] of steps) {
        memory.set(key, entry(length))
        assert.ok(bytes.value <= 2000 && entries.value <= 5)
      }
      for (const key of 'abcdefgh') memory.delete(key)
      assert.deepEqual([bytes.value, entries.value], [0, 0])
    }),
  )
})
