import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mayBe, mayReach } from './claims.ts'
import { measuredP95, quantileOf, slower } from './queue-run.ts'
import { fixedTrial, plannedTrial } from './trials.ts'

test('the simulated queue has the p95 of M/M/1, and a planted change changes it by as much', () => {
  const queue = { load: 0.8, slowness: 1 }
  const changed = slower(queue, 1.1)
  const p95 = (arm: typeof queue, seed: string): number =>
    measuredP95(arm, 400_000, { arrivals: 'arrivals', services: seed })
  assert.ok(Math.abs(p95(queue, 'a') / quantileOf(queue, 0.95) - 1) < 0.05)
  assert.ok(Math.abs(p95(changed, 'b') / quantileOf(changed, 0.95) - 1) < 0.05)
  assert.ok(Math.abs(quantileOf(changed, 0.95) / quantileOf(queue, 0.95) - 1.1) < 1e-9)
})

test('a variant against itself: one experiment in twenty finds a difference, and the intervals cover', () => {
  const trials = Array.from({ length: 300 }, (_, at) => fixedTrial({ load: 0.5, ratio: 1, seed: `same ${at}` }, 10))
  const times = trials.filter(({ found }) => found).length
  assert.ok(mayBe({ times, of: trials.length }, 0.05), `${times} of ${trials.length}`)
  const covered = trials.filter(one => one.covered).length
  assert.ok(mayBe({ times: covered, of: trials.length }, 0.95), `${covered} of ${trials.length}`)
})

test('a planted change of 10 % is found with the number of runs that a pilot asks for', () => {
  const trials = Array.from({ length: 30 }, (_, at) => plannedTrial({ load: 0.5, ratio: 1.1, seed: `${at}` }, 'detect'))
  const times = trials.filter(({ success }) => success).length
  assert.ok(mayReach({ times, of: trials.length }, 0.8), `${times} of ${trials.length}`)
})
