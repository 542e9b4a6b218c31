import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Meter, Reply } from '@archlab/runtime/kit'
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
const entry = (bytes = 1) => Entry.of(new Reply(200, '', 'x'.repeat(bytes)), 0, 1000)

test('beyond max-entries the entry used longest ago leaves and is counted', () => {
  const evicted = meter()
  const size = meter()
  const memory = new Memory({ maxEntries: 2, maxBytes: 1e6 }, evicted, size)
  memory.set('a', entry())
  memory.set('b', entry())
  memory.get('a')
  memory.set('c', entry())
  assert.equal(memory.get('b'), undefined)
  assert.ok(memory.get('a') && memory.get('c'))
  assert.deepEqual([evicted.value, size.value], [1, 2])
})

test('replacing an entry evicts nothing', () => {
  const evicted = meter()
  const memory = new Memory({ maxEntries: 1, maxBytes: 1e6 }, evicted, meter())
  memory.set('a', entry())
  memory.set('a', entry())
  assert.equal(evicted.value, 0)
})

test('an entry larger than the whole memory is not taken, and drives nothing out', () => {
  const evicted = meter()
  const memory = new Memory({ maxEntries: 10, maxBytes: 1000 }, evicted, meter())
  memory.set('a', entry())
  assert.equal(memory.set('big', entry(2000)), false)
  assert.ok(memory.get('a'))
  assert.equal(evicted.value, 0)
})

test('number and bytes stay within their bounds whatever is stored, and return to zero', () => {
  const step = fc.tuple(fc.constantFrom(...'abcdefgh'), fc.integer({ min: 0, max: 1200 }))
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), steps => {
      const size = meter()
      const memory = new Memory({ maxEntries: 5, maxBytes: 2000 }, meter(), size)
      for (const [key, bytes] of steps) {
        memory.set(key, entry(bytes))
        assert.ok(memory.bytes <= 2000 && size.value <= 5)
      }
      for (const key of 'abcdefgh') memory.delete(key)
      assert.deepEqual([memory.bytes, size.value], [0, 0])
    }),
  )
})
