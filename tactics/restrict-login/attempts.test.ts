import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Attempts } from './attempts.ts'
import { AttemptsTable } from './attempts-table.ts'

const WAITS = { free: 3, delayMs: 1000, maxDelayMs: 8000, forgetAfterMs: 60_000 }

function fail(attempts: Attempts, nowMs: number): void {
  assert.equal(attempts.waitMs(nowMs), 0)
  attempts.begin(nowMs)
  attempts.end('failed', nowMs, true)
}

test('after so many failures each further one doubles the wait, up to the longest', () => {
  const attempts = new Attempts(WAITS)
  let nowMs = 0
  const waits: number[] = []
  for (let failure = 0; failure < 9; failure++) {
    fail(attempts, nowMs)
    waits.push(attempts.waitMs(nowMs))
    nowMs += attempts.waitMs(nowMs)
  }
  assert.deepEqual(waits, [0, 0, 1000, 2000, 4000, 8000, 8000, 8000, 8000])
})

test('a thousand failures do not make the wait overflow', () => {
  const attempts = new Attempts({ ...WAITS, forgetAfterMs: 1e9 })
  for (let failure = 0, nowMs = 0; failure < 1500; failure++, nowMs += 8000) fail(attempts, nowMs)
  assert.equal(attempts.waitMs(1499 * 8000), 8000)
})

test('the wait ends at its end and not before, and asking does not lengthen it', () => {
  const attempts = new Attempts(WAITS)
  for (let failure = 0; failure < 3; failure++) fail(attempts, 0)
  for (let nowMs = 0; nowMs < 1000; nowMs += 100) assert.equal(attempts.waitMs(nowMs), 1000 - nowMs)
  assert.equal(attempts.waitMs(999.5), 0.5)
  assert.equal(attempts.waitMs(1000), 0)
})

test('attempts under way count as failed until they are judged', () => {
  const attempts = new Attempts(WAITS)
  for (let at = 0; at < 3; at++) {
    assert.equal(attempts.waitMs(0), 0)
    attempts.begin(0)
  }
  assert.equal(attempts.waitMs(0), 1000)
  attempts.end('unknown', 5, true)
  assert.equal(attempts.waitMs(5), 0)
})

test('after the free ones only one attempt is under way at a time', () => {
  const attempts = new Attempts(WAITS)
  for (let failure = 0; failure < 3; failure++) fail(attempts, 0)
  attempts.begin(1000)
  assert.equal(attempts.waitMs(1000), 1000)
  attempts.end('failed', 1001, true)
  assert.equal(attempts.waitMs(1001), 2000)
})

test('a success clears the failures where it forgives, and only there', () => {
  for (const forgives of [true, false]) {
    const attempts = new Attempts(WAITS)
    for (let failure = 0; failure < 2; failure++) fail(attempts, 0)
    attempts.begin(0)
    attempts.end('succeeded', 0, forgives)
    fail(attempts, 0)
    assert.equal(attempts.waitMs(0), forgives ? 0 : 1000)
  }
})

test('failures are forgotten when nobody has tried for long', () => {
  const attempts = new Attempts(WAITS)
  for (let failure = 0; failure < 2; failure++) fail(attempts, 0)
  fail(attempts, 60_000)
  assert.equal(attempts.waitMs(60_000), 0)
  fail(attempts, 60_001)
  fail(attempts, 60_002)
  assert.equal(attempts.waitMs(60_002), 1000)
})

test('a flood of names leaves the table at its bound, and names without failures take no place', () => {
  let dropped = 0
  const table = new AttemptsTable(100, WAITS, true, () => dropped++)
  for (let at = 0; at < 1000; at++) table.begin(`name-${at}`, 0)('failed', 0)
  assert.deepEqual([table.size, dropped], [100, 900])
  for (let at = 900; at < 1000; at++) table.begin(`name-${at}`, 1)('succeeded', 1)
  assert.equal(table.size, 0)
})

test('what ends after its name was forgotten disturbs nobody', () => {
  const table = new AttemptsTable(1, WAITS, true, () => {})
  const late = table.begin('a', 0)
  table.begin('b', 0)('failed', 0)
  const again = table.begin('a', 0)
  late('succeeded', 1)
  again('failed', 1)
  assert.equal(table.size, 1)
})
