import assert from 'node:assert/strict'
import { test } from 'node:test'
import { KeyedLimiter } from './keyed-limiter.ts'
import { SlidingLog } from './sliding-log.ts'

const table = (maxKeys: number) => {
  const dropped = { count: 0 }
  const limiters = new KeyedLimiter(
    maxKeys,
    () => new SlidingLog({ max: 1, perMs: 1000, burst: 0 }),
    () => {
      dropped.count++
    },
  )
  return { limiters, dropped }
}

test('two keys do not influence each other', () => {
  const { limiters } = table(10)
  assert.equal(limiters.of('a').tryAcquire(0), 0)
  assert.equal(limiters.of('b').tryAcquire(0), 0)
  assert.equal(limiters.of('a').tryAcquire(0), 1000)
})

test('a flood of keys leaves the table at its bound, counts what it drops and spares the keys in use', () => {
  const { limiters, dropped } = table(100)
  limiters.of('faithful').tryAcquire(0)
  for (let key = 0; key < 1000; key++) {
    limiters.of(`key-${key}`).tryAcquire(0)
    limiters.of('faithful')
  }
  assert.equal(limiters.size, 100)
  assert.equal(dropped.count, 901)
  assert.equal(limiters.of('faithful').tryAcquire(0), 1000)
})

test('a forgotten key starts afresh', () => {
  const { limiters } = table(1)
  assert.equal(limiters.of('a').tryAcquire(0), 0)
  assert.equal(limiters.of('b').tryAcquire(0), 0)
  assert.equal(limiters.of('a').tryAcquire(0), 0)
})

test('a table that is resized forgets the keys used longest ago, and no other', () => {
  const { limiters, dropped } = table(2)
  for (const key of ['a', 'b']) limiters.of(key).tryAcquire(0)
  limiters.resize(3)
  limiters.of('c').tryAcquire(0)
  assert.equal(dropped.count, 0)
  limiters.of('a')
  limiters.resize(2)
  assert.deepEqual([limiters.size, dropped.count], [2, 1])
  assert.deepEqual([limiters.of('a').tryAcquire(0), limiters.of('c').tryAcquire(0)], [1000, 1000])
})
