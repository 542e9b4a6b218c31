import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Breaker, type BreakerOptions, CLOSED, HALF_OPEN, OPEN, REJECTED } from './breaker.ts'

const DEFAULTS: BreakerOptions = {
  windowMs: 30_000,
  calls: undefined,
  minCalls: 20,
  failureRatio: 0.5,
  slowRatio: 1,
  consecutive: undefined,
  openForMs: 5000,
  permits: 3,
  halfOpenTimeoutMs: 5000,
}
const HOUR_MS = 3_600_000

/** A breaker, and `calls('FFS', nowMs)` that makes calls one after the other: failed, successful, slow (`l`). */
function subject(options: Partial<BreakerOptions> = {}) {
  const changes: number[] = []
  const breaker = new Breaker({ ...DEFAULTS, ...options }, state => changes.push(state))
  const calls = (outcomes: string, nowMs = 0): void => {
    for (const outcome of outcomes) {
      breaker.record(breaker.admit(nowMs), outcome === 'F', outcome === 'l', nowMs)
    }
  }
  return { breaker, calls, changes }
}

/** One that a failure has opened at time 0. */
function opened(options: Partial<BreakerOptions> = {}) {
  const one = subject({ ...options, consecutive: 1 })
  one.calls('F')
  assert.equal(one.breaker.state, OPEN)
  return one
}

test('F F F F S F F F F with 5 consecutive stays closed, and a fifth failure opens it', () => {
  const { breaker, calls } = subject({ consecutive: 5 })
  calls('FFFFSFFFF')
  assert.equal(breaker.state, CLOSED)
  calls('F')
  assert.equal(breaker.state, OPEN)
})

test('5 S then 5 F in a count window of 10 at 50 % opens exactly at the 10th', () => {
  const { breaker, calls } = subject({ calls: 10, minCalls: 10 })
  calls('SSSSSFFFF')
  assert.equal(breaker.state, CLOSED)
  calls('F')
  assert.equal(breaker.state, OPEN)
})

test('failures an hour old do not count: not for the ratio, in either window, not for a run, not half-open', () => {
  for (const calls of [undefined, 100]) {
    const ratio = subject({ calls })
    ratio.calls('F'.repeat(19))
    ratio.calls('F', HOUR_MS)
    assert.equal(ratio.breaker.state, CLOSED)
    ratio.calls('F'.repeat(19), HOUR_MS)
    assert.equal(ratio.breaker.state, OPEN)
  }
  const run = subject({ consecutive: 5 })
  run.calls('FFFF')
  run.calls('F', HOUR_MS)
  assert.equal(run.breaker.state, CLOSED)
  const probing = opened()
  probing.calls('F', 5000)
  probing.calls('FS', HOUR_MS)
  assert.equal(probing.breaker.state, HALF_OPEN)
})

test('fewer calls than min-calls are not judged', () => {
  const { breaker, calls } = subject()
  calls('F'.repeat(19))
  assert.equal(breaker.state, CLOSED)
  calls('F')
  assert.equal(breaker.state, OPEN)
})

test('a ratio is reached exactly, whatever it is in binary', () => {
  for (let percent = 1; percent <= 100; percent++) {
    const { breaker, calls } = subject({ calls: 100, minCalls: 100, failureRatio: percent / 100 })
    calls('S'.repeat(100 - percent) + 'F'.repeat(percent - 1))
    assert.equal(breaker.state, CLOSED, `${percent} %`)
    calls('F')
    assert.equal(breaker.state, OPEN, `${percent} %`)
  }
})

test('slow calls open it when their share is reached, though none failed', () => {
  const { breaker, calls } = subject({ minCalls: 4, slowRatio: 0.75 })
  calls('Sll')
  assert.equal(breaker.state, CLOSED)
  calls('l')
  assert.equal(breaker.state, OPEN)
})

test('open, it refuses until its time is over, and is half-open then', () => {
  const { breaker } = opened()
  assert.equal(breaker.openUntilMs, 5000)
  assert.equal(breaker.admit(4999), REJECTED)
  assert.equal(breaker.state, OPEN)
  assert.notEqual(breaker.admit(5000), REJECTED)
  assert.equal(breaker.state, HALF_OPEN)
})

test('half-open, as many calls as there are permits are let through at once', () => {
  const { breaker } = opened()
  const tickets = Array.from({ length: 5 }, () => breaker.admit(5000))
  assert.deepEqual(
    tickets.map(ticket => ticket === REJECTED),
    [false, false, false, true, true],
  )
})

test('half-open, it closes or opens as soon as the outcomes leave no doubt', () => {
  for (const [outcomes, state] of [
    ['S', HALF_OPEN],
    ['F', HALF_OPEN],
    ['SF', HALF_OPEN],
    ['SS', CLOSED],
    ['FF', OPEN],
    ['SFS', CLOSED],
    ['SFF', OPEN],
    ['ll', HALF_OPEN],
    ['llS', CLOSED],
    ['lll', OPEN],
  ] as const) {
    const { breaker, calls } = opened()
    calls(outcomes, 5000)
    assert.equal(breaker.state, state, outcomes)
  }
})

test('open again, it waits its full time from then on', () => {
  const { breaker, calls, changes } = opened()
  calls('FF', 7000)
  assert.equal(breaker.openUntilMs, 12_000)
  assert.equal(breaker.admit(11_999), REJECTED)
  assert.deepEqual(changes, [OPEN, HALF_OPEN, OPEN])
})

test('closed again, it starts without a past', () => {
  const { breaker, calls } = subject({ calls: 4, minCalls: 4 })
  calls('FFFF')
  calls('SS', 5000)
  assert.equal(breaker.state, CLOSED)
  calls('FSS', 5000)
  assert.equal(breaker.state, CLOSED)
  calls('F', 5000)
  assert.equal(breaker.state, OPEN)
})

test('late results of an earlier phase change nothing', () => {
  const { breaker, calls } = subject({ consecutive: 2 })
  const early = [breaker.admit(0), breaker.admit(0), breaker.admit(0)] as const
  calls('FF')
  breaker.record(early[0], false, false, 0)
  assert.equal(breaker.state, OPEN)
  const probe = breaker.admit(5000)
  breaker.record(early[1], true, false, 5000)
  breaker.record(early[2], true, false, 5000)
  breaker.ignore(early[0])
  assert.equal(breaker.state, HALF_OPEN)
  calls('SS', 5000)
  assert.equal(breaker.state, CLOSED)
  breaker.record(probe, true, false, 5000)
  calls('F', 5000)
  assert.equal(breaker.state, CLOSED, 'one failure of this phase, not two')
})

test('an ignored outcome gives its permit back', () => {
  const { breaker } = opened({ permits: 1 })
  const first = breaker.admit(5000)
  assert.equal(breaker.admit(5000), REJECTED)
  breaker.ignore(first)
  assert.notEqual(breaker.admit(5000), REJECTED)
  assert.equal(breaker.state, HALF_OPEN)
})

test('a probe that never returns does not wedge half-open: its permit goes to another call', () => {
  const { breaker, calls } = opened({ permits: 1 })
  breaker.admit(5000)
  assert.equal(breaker.admit(9999), REJECTED)
  calls('S', 10_000)
  assert.equal(breaker.state, CLOSED)
})

test('calls that take longer than the half-open timeout still close it', () => {
  const { breaker } = opened({ permits: 1 })
  const slow = breaker.admit(5000)
  const other = breaker.admit(10_000)
  assert.notEqual(other, REJECTED)
  breaker.record(slow, false, false, 11_000)
  assert.equal(breaker.state, CLOSED)
})

test('wake makes it half-open in time and not before, and does nothing else', () => {
  const { breaker } = opened()
  breaker.wake(4999)
  assert.equal(breaker.state, OPEN)
  breaker.wake(5000)
  assert.equal(breaker.state, HALF_OPEN)
  breaker.wake(50_000)
  assert.equal(breaker.state, HALF_OPEN)
  const closed = subject().breaker
  closed.wake(50_000)
  assert.equal(closed.state, CLOSED)
})
