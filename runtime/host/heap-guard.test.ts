import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { type Guarded, HeapGuard } from './heap-guard.ts'
import { heapLimit, isUrgent, v8LimitMiB } from './heap-limits.ts'

const MEBIBYTE = 1024 ** 2
const LIMIT = 100 * MEBIBYTE

class Fake implements Guarded {
  heapLimitBytes = LIMIT
  held: number | null
  looks = 0
  constructor(held: number | null) {
    this.held = held
  }
  async heapBytes(): Promise<number | null> {
    this.looks += 1
    return this.held
  }
}

function guard(t: TestContext, threads: readonly Fake[]): { guard: HeapGuard<Fake>; outgrown: Fake[] } {
  const outgrown: Fake[] = []
  const made = new HeapGuard(
    () => threads,
    async thread => void outgrown.push(thread),
  )
  made.close()
  t.after(() => made.close())
  return { guard: made, outgrown }
}

test('only a thread that holds more than its limit is suspected, and what each holds is known', async t => {
  const [small, large, gone] = [new Fake(LIMIT), new Fake(LIMIT + 1), new Fake(null)]
  const { guard: watch, outgrown } = guard(t, [small, large, gone])
  await watch.look(0)
  assert.deepEqual(outgrown, [large])
  assert.deepEqual(
    [small, large, gone].map(one => watch.held(one)),
    [LIMIT, LIMIT + 1, null],
  )
})

test('what turned out to be garbage is looked into again after a second, and at once when it grows fast', async t => {
  const thread = new Fake(LIMIT + 1)
  const { guard: watch, outgrown } = guard(t, [thread])
  for (let nowMs = 0; nowMs <= 1000; nowMs += 100) await watch.look(nowMs)
  assert.equal(outgrown.length, 2)
  thread.held = LIMIT + 200 * MEBIBYTE
  await watch.look(1100)
  assert.equal(outgrown.length, 3)
})

test('a thread that is being dealt with, or does not answer, is not asked again meanwhile', async t => {
  const thread = new Fake(LIMIT + 1)
  let done = (): void => {}
  const watch = new HeapGuard(
    () => [thread],
    () => new Promise<void>(resolve => (done = resolve)),
  )
  t.after(() => watch.close())
  const first = watch.look(0)
  await watch.look(5000)
  assert.equal(thread.looks, 1)
  done()
  await first
  void watch.look(10_000)
  assert.equal(thread.looks, 2)
})

test('many threads take turns, and each has its own', async t => {
  const threads = Array.from({ length: 60 }, () => new Fake(1))
  const { guard: watch } = guard(t, threads)
  for (let look = 0; look < 12; look++) await watch.look(look * 100)
  assert.deepEqual(new Set(threads.map(({ looks }) => looks)), new Set([5]))
})

test('a thread without a limit has one that leaves room for others, and V8 a higher one than the guard', () => {
  assert.equal(heapLimit(null, 64 * 1024 * MEBIBYTE), 1024 * MEBIBYTE)
  assert.equal(heapLimit(null, 2048 * MEBIBYTE), 512 * MEBIBYTE)
  assert.equal(heapLimit(32 * MEBIBYTE, 2048 * MEBIBYTE), 32 * MEBIBYTE)
  assert.equal(v8LimitMiB(32 * MEBIBYTE), 288)
  assert.equal(isUrgent(LIMIT + 60 * MEBIBYTE, LIMIT), false)
})
