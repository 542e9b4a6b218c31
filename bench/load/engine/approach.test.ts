import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Approach } from './approach.ts'

/** Share of the time that is spent awake. */
function awakeShare(gapMs: number): number {
  const approach = new Approach()
  let awakeMs = 0
  const arrivals = 10_000
  for (let number = 1; number <= arrivals; number++) awakeMs += number * gapMs - approach.before(number * gapMs)
  return awakeMs / (arrivals * gapMs)
}

test('rare arrivals are waited for 2.5 ms each', () => {
  assert.ok(Math.abs(awakeShare(100) - 2.5 / 100) < 1e-9)
})

test('frequent arrivals keep the sender awake for a quarter of the time at most', () => {
  for (const gapMs of [0.01, 0.1, 1, 5, 10]) assert.ok(awakeShare(gapMs) < 0.27, `${gapMs} ms: ${awakeShare(gapMs)}`)
})

test('never after the arrival itself, and not at all where none follows', () => {
  const approach = new Approach()
  for (const atMs of [0, 0, 3, 3.001, 1000]) assert.ok(approach.before(atMs) <= atMs)
  assert.equal(approach.before(Number.POSITIVE_INFINITY), Number.POSITIVE_INFINITY)
})
