import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { Scope } from '../kit/index.ts'
import { FakeClock } from '../testing/fake-context.ts'
import { leak } from './leak.ts'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

/** What is on the heap and cannot be freed, in megabytes. */
function keptMb(): number {
  collect()
  return process.memoryUsage().heapUsed / 1024 ** 2
}

const LEAK = { sizeBytes: 1024 ** 2, everyMs: 10 }

test('a leak takes its size of the heap each time, and lets all of it go when its time is over', async () => {
  const clock = new FakeClock()
  const scope = new Scope()
  const before = keptMb()
  leak(LEAK, 200, { clock, scope })
  await clock.advance(195)
  const taken = keptMb() - before
  assert.ok(Math.abs(taken - 20) < 2, `${taken} MB`)
  await clock.advance(10)
  assert.equal(clock.pending, 0)
  assert.ok(keptMb() - before < 2)
})

test('a leak without an end lasts until its replica closes', async () => {
  const clock = new FakeClock()
  const scope = new Scope()
  const before = keptMb()
  leak(LEAK, null, { clock, scope })
  await clock.advance(100)
  assert.ok(keptMb() - before > 9)
  await scope.close()
  assert.equal(clock.pending, 0)
  assert.ok(keptMb() - before < 2)
})
