import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Budget } from './budget.ts'

const spent = (budget: Budget, nowMs: number, tries = 1000): number =>
  Array.from({ length: tries }).filter(() => budget.spend(nowMs)).length

test('without traffic there is the floor, once per ten seconds', () => {
  const budget = new Budget(0.2, 3)
  assert.equal(spent(budget, 1000), 3)
  assert.equal(spent(budget, 10_999), 0)
  assert.equal(spent(budget, 11_000), 3)
})

test('each first call earns its share, to the last one', () => {
  const budget = new Budget(0.2, 0)
  for (let call = 1; call <= 1000; call++) {
    budget.earn(5000)
    assert.equal(spent(budget, 5000), call % 5 === 0 ? 1 : 0, `call ${call}`)
  }
})

test('what was earned and not used is gone after ten seconds', () => {
  const budget = new Budget(0.5, 0)
  for (let call = 0; call < 100; call++) budget.earn(0)
  assert.equal(budget.spend(9999), true)
  assert.equal(spent(budget, 10_000), 0)
})

test('a floor and a share of 0 allow nothing, an unlimited share everything', () => {
  assert.equal(spent(new Budget(0, 0), 1), 0)
  const unlimited = new Budget(Number.POSITIVE_INFINITY, 0)
  assert.equal(spent(unlimited, 1), 1000)
  assert.deepEqual([unlimited.unlimited, new Budget(1, 0).unlimited], [true, false])
})

test('in any window that ends with an extra call there are no more than its share of first calls and the floor', () => {
  const step = fc.record({ gapMs: fc.nat(3000), first: fc.boolean() })
  const settings = fc.record({ ratio: fc.constantFrom(0, 0.05, 0.2, 1), floor: fc.nat(3) })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), settings, (steps, { ratio, floor }) => {
      const budget = new Budget(ratio, floor)
      const calls: { second: number; first: boolean }[] = []
      let nowMs = 0
      for (const { gapMs, first } of steps) {
        nowMs += gapMs
        const second = Math.floor(nowMs / 1000)
        if (first) budget.earn(nowMs)
        else if (!budget.spend(nowMs)) continue
        calls.push({ second, first })
        if (first) continue
        const window = calls.filter(call => call.second > second - 10)
        const firsts = window.filter(call => call.first).length
        assert.ok(window.length - firsts <= ratio * firsts + floor + 1e-6)
      }
    }),
  )
})

test('a time that lies back counts as now', () => {
  const budget = new Budget(1, 0)
  budget.earn(20_000)
  budget.earn(5_000)
  assert.equal(spent(budget, 4_000), 2)
})
