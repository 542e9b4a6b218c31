import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { ALGORITHM_NAMES, ALGORITHMS, type AlgorithmName } from './algorithms.ts'
import { FixedWindow } from './fixed-window.ts'
import { Gcra } from './gcra.ts'
import type { Limiter } from './limiter.ts'
import { SlidingCounter } from './sliding-counter.ts'
import { SlidingLog } from './sliding-log.ts'
import { TokenBucket } from './token-bucket.ts'

const limitOf = (algorithm: AlgorithmName, max: number, perMs: number) => ({
  max,
  perMs,
  burst: ALGORITHMS[algorithm].defaultBurst(max),
})

/** How many of `hits` requests at one moment are admitted. */
const admitted = (limiter: Limiter, hits: number, atMs: number): number => {
  let passed = 0
  for (let hit = 0; hit < hits; hit++) if (limiter.tryAcquire(atMs) === 0) passed++
  return passed
}

const arrivals = fc
  .array(fc.integer({ min: 0, max: 400 }), { minLength: 1, maxLength: 200 })
  .map(gaps => gaps.map((_, at) => gaps.slice(0, at + 1).reduce((sum, gap) => sum + gap, 0) / 4))
const limits = fc.record({ max: fc.integer({ min: 1, max: 20 }), perMs: fc.integer({ min: 1, max: 1000 }) })

for (const algorithm of ALGORITHM_NAMES) {
  describe(algorithm, () => {
    test('of many requests at one moment exactly max pass, whenever that is', () => {
      for (const atMs of [0, 0.5, 1_000_000, 2_345_678_901.234]) {
        for (const [max, perMs] of [
          [1, 1],
          [7, 60_000],
          [1000, 1000],
          [33, 86_400_000],
        ] as const) {
          const limiter = ALGORITHMS[algorithm].create(limitOf(algorithm, max, perMs))
          assert.equal(limiter.remaining(atMs), max)
          assert.equal(admitted(limiter, max + 50, atMs), max)
          assert.equal(limiter.remaining(atMs), 0)
        }
      }
    })

    test('the window expires by time alone: two windows later all of max pass again', () => {
      const limiter = ALGORITHMS[algorithm].create(limitOf(algorithm, 10, 1000))
      admitted(limiter, 500, 5000)
      assert.equal(admitted(limiter, 500, 7000), 10)
    })

    test('who comes back after the wait he was told is admitted, who comes clearly before is not', () => {
      fc.assert(
        fc.property(limits, arrivals, ({ max, perMs }, times) => {
          const limiter = ALGORITHMS[algorithm].create(limitOf(algorithm, max, perMs))
          for (const time of times) {
            const waitMs = limiter.tryAcquire(time)
            assert.ok(waitMs >= 0 && Number.isFinite(waitMs))
            if (waitMs === 0) continue
            if (waitMs > 0.01) assert.ok(limiter.tryAcquire(time + waitMs - 0.01) > 0)
            assert.equal(limiter.tryAcquire(time + waitMs + 1e-6), 0)
            return
          }
        }),
      )
    })

    test('what remaining tells is what passes at once', () => {
      fc.assert(
        fc.property(limits, arrivals, ({ max, perMs }, times) => {
          const limiter = ALGORITHMS[algorithm].create(limitOf(algorithm, max, perMs))
          for (const time of times) limiter.tryAcquire(time)
          const now = times.at(-1)!
          const remaining = limiter.remaining(now)
          assert.equal(admitted(limiter, max + 1, now), remaining)
        }),
      )
    })

    test('a clock that runs behind gives nobody more than time that stands still', () => {
      const limiter = ALGORITHMS[algorithm].create(limitOf(algorithm, 5, 1000))
      assert.equal(admitted(limiter, 3, 10_000), 3)
      const behind = admitted(limiter, 9, 9_000)
      assert.equal(behind + admitted(limiter, 9, 10_000), 2)
    })

    test('over memory lent to it it decides as over its own', () => {
      fc.assert(
        fc.property(limits, arrivals, ({ max, perMs }, times) => {
          const limit = limitOf(algorithm, max, perMs)
          const own = ALGORITHMS[algorithm].create(limit)
          const lent = ALGORITHMS[algorithm].create(limit, new Float64Array(ALGORITHMS[algorithm].words(limit)))
          lent.reset()
          for (const time of times) assert.equal(lent.tryAcquire(time), own.tryAcquire(time))
        }),
      )
    })

    test('a reset limiter is like a new one', () => {
      const limiter = ALGORITHMS[algorithm].create(limitOf(algorithm, 20, 1000))
      admitted(limiter, 50, 1000)
      limiter.reset()
      assert.equal(admitted(limiter, 50, 1000), 20)
    })
  })
}

test('sliding-log admits at most max in any interval (t - per, t], and refuses only when that many are in it', () => {
  fc.assert(
    fc.property(limits, arrivals, ({ max, perMs }, times) => {
      const log = new SlidingLog({ max, perMs, burst: 0 })
      const passed: number[] = []
      for (const time of times) {
        const inWindow = passed.filter(other => other > time - perMs).length
        assert.equal(log.remaining(time), max - inWindow)
        if (log.tryAcquire(time) === 0) {
          assert.ok(inWindow < max)
          passed.push(time)
        } else assert.equal(inWindow, max)
      }
    }),
  )
})

test('sliding-log forgets an admission exactly when per has passed', () => {
  const log = new SlidingLog({ max: 1, perMs: 1000, burst: 0 })
  assert.equal(log.tryAcquire(500), 0)
  assert.equal(log.tryAcquire(1499.75), 0.25)
  assert.equal(log.tryAcquire(1500), 0)
})

test('sliding-counter estimates 49.5 from 42 in the previous window and 18 in this one, 15 s into 60 s', () => {
  const counter = new SlidingCounter({ max: 50, perMs: 60_000, burst: 0 })
  assert.equal(admitted(counter, 42, 60_000), 42)
  assert.equal(admitted(counter, 18, 120_000 + 14_000), 18)
  assert.equal(counter.estimate(120_000 + 15_000), 49.5)
  assert.equal(admitted(counter, 5, 120_000 + 15_000), 1)
})

test('fixed-window admits twice max around the edge of two windows', () => {
  const window = new FixedWindow({ max: 10, perMs: 1000, burst: 0 })
  assert.equal(admitted(window, 50, 1999), 10)
  assert.equal(admitted(window, 50, 2000), 10)
  assert.equal(window.tryAcquire(2000), 1000)
})

test('gcra with 30 per 60 s and burst 15 passes 16 of 20 at once and the next after 2 s', () => {
  for (const startMs of [0, 1_000_000, 3_333_333.3]) {
    const gcra = new Gcra({ max: 30, perMs: 60_000, burst: 15 })
    assert.equal(admitted(gcra, 20, startMs), 16)
    assert.ok(Math.abs(gcra.tryAcquire(startMs) - 2000) < 0.01)
    assert.ok(gcra.tryAcquire(startMs + 1999) > 0)
    assert.equal(gcra.tryAcquire(startMs + 2000), 0)
  }
})

test('token-bucket with 5 per second and size 20 passes at most 70 in any 10 s, and 70 when pressed', () => {
  const bucket = new TokenBucket({ max: 5, perMs: 1000, burst: 20 })
  const passed: number[] = []
  for (let time = 0; time <= 40_000; time += 10) if (bucket.tryAcquire(time) === 0) passed.push(time)
  const inTenSeconds = passed.map(from => passed.filter(at => at >= from && at <= from + 10_000).length)
  assert.equal(Math.max(...inTenSeconds), 70)
})
