import assert from 'node:assert/strict'
import { test } from 'node:test'
import { canSeeSockets } from './support/listening.ts'
import { type EdgeCounts, inexact, inexactJobs, strange } from './support/soak/exact.ts'
import { growthOf } from './support/soak/readings.ts'
import { soak } from './support/soak/soak.ts'

/* Lab 5 is disturbed by chance under load: counts stay exact, and nothing grows. `npm run soak` does it for longer. */

test('Whatever happens to Lab 5 under load, counts are exact, accepted jobs are done, and descriptors and threads stay', {
  skip: !canSeeSockets && 'the system does not tell what a process takes',
}, async t => {
  const { growth, violations, ...result } = await soak(t, { forMs: 3000, everyMs: 300, seed: 'suite', clients: 4 })
  t.diagnostic(JSON.stringify({ ...result, growth }))
  assert.deepEqual(violations, [])
  assert.ok(growth.some(({ process, quantity }) => process === 'host' && quantity === 'threads'))
  assert.ok(result.jobs.accepted > 0)
})

const edge = (received: number, statuses: Record<number, number>): EdgeCounts => ({ received, statuses }) as EdgeCounts
const even = { lost: 0, missing: 0 }

test('counts are exact when they are equal, or when every unit between them has a lost call of its own', () => {
  assert.deepEqual(inexact({ 200: 7, 502: 1 }, edge(8, { 200: 7, 502: 1 }), even), [])
  // Two calls were cut: one before it arrived or was answered, one when its reply was counted.
  assert.deepEqual(inexact({ 200: 7, lost: 2 }, edge(9, { 200: 8 }), even), [])
  assert.deepEqual(inexact({ 200: 7, lost: 2 }, edge(7, { 200: 7 }), even), [])
})

test('counts are not exact when one is missing, or one is beyond what lost calls explain', () => {
  assert.equal(inexact({ 200: 7 }, edge(7, { 200: 6 }), even).length, 1)
  assert.equal(inexact({ 200: 7, 502: 1 }, edge(8, { 200: 8 }), even).length, 1)
  assert.equal(inexact({ 200: 7 }, edge(8, { 200: 8 }), even).length, 1)
  assert.equal(inexact({ 200: 7 }, edge(8, { 200: 7 }), even).length, 1)
  // What was lost before the last look explains nothing that is missing since.
  assert.equal(inexact({ 200: 7, lost: 1 }, edge(8, { 200: 8 }), { lost: 1, missing: 0 }).length, 1)
  assert.equal(inexact({ 200: 8, lost: 1 }, edge(8, { 200: 8 }), { lost: 1, missing: 1 }).length, 1)
})

test('a job that was accepted and is not done is told, as is one that nobody asked for, and a reply of no known cause', () => {
  assert.deepEqual(inexactJobs({ accepted: 5, done: 5, beside: 2, unanswered: 2 }), [])
  assert.equal(inexactJobs({ accepted: 5, done: 4, beside: 0, unanswered: 0 }).length, 1)
  assert.equal(inexactJobs({ accepted: 5, done: 5, beside: 3, unanswered: 2 }).length, 1)
  assert.deepEqual(strange({ 200: 1, 404: 2, 500: 3, lost: 3 }, { crashes: 1, first: 'oh' }), [
    '2 calls were answered 404',
    '1 calls were answered 500 and nobody behind had failed: oh',
  ])
})

test('growth compares the median after a quarter of the time with that of the end', () => {
  const at = (share: number, threads: number) => ({ at: share, reading: { descriptors: 1, threads, memoryMb: 1 } })
  const readings = [at(0.1, 99), at(0.2, 10), at(0.25, 50), at(0.3, 11), at(0.5, 99), at(0.9, 12), at(1, 14), at(1, 13)]
  const [, threads] = growthOf('host', readings)
  assert.deepEqual(threads, { process: 'host', quantity: 'threads', early: 11, late: 13 })
  assert.deepEqual(growthOf('host', readings.slice(0, 5)), [])
})
