import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ArrivalSpec } from '@archlab/runtime/topology'
import { measuredSteps } from './run.ts'
import { closed, request, simulated, workload } from './test-runs.ts'

const arrivals: ArrivalSpec = { type: 'constant', perSecond: 10 }

/** Steps of a run whose arrivals came for so long. */
function stepsOf(cameMs: number, declared: object, stopped = false): readonly [number, number] {
  const run = simulated({ workload: workload({ arrivals, durationMs: cameMs }) }, { stopped })
  return measuredSteps({ ...run, workload: workload({ arrivals, durationMs: cameMs, ...declared }) })
}

test('steps count from the first whole one after the warm-up to the last whole one in which arrivals came', () => {
  assert.deepEqual(stepsOf(10_000, {}), [0, 10])
  assert.deepEqual(stepsOf(10_000, { warmupMs: 2000 }), [2, 10])
  assert.deepEqual(stepsOf(10_000, { warmupMs: 2100 }), [3, 10])
  assert.deepEqual(stepsOf(10_500, {}), [0, 10])
  assert.deepEqual(stepsOf(1000, { warmupMs: 5000 }), [5, 5])
})

test('of a run that may have ended in the middle of a step, the last one is left out', () => {
  assert.deepEqual(stepsOf(7300, { durationMs: 60_000 }, true), [0, 7])
  assert.deepEqual(stepsOf(7300, { durationMs: null }), [0, 7])
  assert.deepEqual(stepsOf(7300, { durationMs: 60_000, requests: [request({ count: 73 })] }), [0, 7])
})

test('a closed loop counts from when all users have come', () => {
  const users = closed({ users: 30, spawnPerSecond: 10 })
  assert.deepEqual(stepsOf(10_000, { arrivals: users, warmupMs: 1000 }), [3, 10])
  assert.deepEqual(stepsOf(10_000, { arrivals: users, warmupMs: 5000 }), [5, 10])
})
