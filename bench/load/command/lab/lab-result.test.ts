import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { LabStatus } from '@archlab/runtime/lab'
import fc from 'fast-check'
import { component, report, status, tactic, workload } from '../test-figures.ts'
import { ComponentTimelines } from './component-timelines.ts'
import { labResult, reconcile } from './lab-result.ts'
import { labSamples } from './lab-samples.ts'

const spec = workload({ warmupMs: 100 })
const logins = { intended: 1, outcomes: { replied: 1 }, statuses: { 200: 1 }, bytes: 5 }

/** Clients that got 200 in the warm-up and at login, 202 and 429 after it, and gave one request up. */
const clients = report(
  spec,
  [
    { intendedMs: 0 },
    { intendedMs: 200, request: 1, status: 202 },
    { intendedMs: 300, status: 429 },
    { intendedMs: 400, outcome: 'timeout', status: 0 },
  ],
  { logins },
)

function resultOf(before: LabStatus, after: LabStatus) {
  const timelines = new ComponentTimelines(before)
  timelines.add(0, after)
  const topology = { name: 'lab', secrets: [] } as never
  const lab = { topology, isFresh: true, status: async () => after, finish: async () => after, failure: () => null }
  return labResult(lab, { before, after, entry: 'edge', timelines: timelines.finish(1) }, clients)
}

test('replies of the entry equal those of the clients: logins and warm-up count, what was given up does not', () => {
  const before = status({ edge: { statuses: { 200: 40, 500: 1 } } })
  const after = status({ edge: { statuses: { 200: 42, 202: 1, 429: 1, 500: 1 }, abandoned: 1 } })
  assert.deepEqual(resultOf(before, after).reconciled, { clients: 4, entry: 4, equal: true })
})

test('a reply that one side lacks, or that has another status, is a difference', () => {
  const after = (statuses: Record<string, number>) => status({ edge: { statuses } })
  const reconciled = (statuses: Record<string, number>) => resultOf(status({ edge: {} }), after(statuses)).reconciled
  assert.deepEqual(reconciled({ 200: 2, 202: 1, 429: 2 }), { clients: 4, entry: 5, equal: false })
  assert.deepEqual(reconciled({ 200: 2, 429: 2 }), { clients: 4, entry: 4, equal: false })
  assert.deepEqual(reconciled({}), { clients: 4, entry: 0, equal: false })
})

test('counts are equal only with themselves', () => {
  const counts = fc.dictionary(fc.constantFrom('200', '404', '503'), fc.integer({ min: 1, max: 5 }))
  fc.assert(
    fc.property(counts, counts, (left, right) => {
      const same = ['200', '404', '503'].every(code => (left[code] ?? 0) === (right[code] ?? 0))
      assert.equal(reconcile(left, right).equal, same)
      assert.equal(reconcile(left, left).equal, true)
    }),
  )
})

test('components show what they did in the run: replies, decisions that were made, the time they were busy', () => {
  const at = 'components.edge.tactics.limit'
  const before = status({
    edge: { tactics: [tactic(at, { allowed: 5, rejected: 1 })] },
    idle: { statuses: { 200: 3 } },
  })
  const after = status({
    edge: { statuses: { 429: 2 }, tactics: [tactic(at, { allowed: 5, rejected: 3 })] },
    idle: { statuses: { 200: 3 } },
  })
  const { components, statusLog } = resultOf(before, after)
  assert.deepEqual(components.edge!.decisions, { [at]: { rejected: 2 } })
  assert.deepEqual(statusLog, { edge: { 429: 2 }, idle: {} })
})

test('latencies of a component are those of the run alone, or none', () => {
  const latency = { ...component().latency, count: 8, p50Ms: 1, p95Ms: 2, p99Ms: 3 }
  const after = status({ edge: { latency } })
  assert.deepEqual(resultOf(status({ edge: {} }), after).components.edge!.latency, { p50: 1, p95: 2, p99: 3 })
  const busyBefore = status({ edge: { latency: { ...latency, count: 2 } } })
  assert.deepEqual(resultOf(busyBefore, after).components.edge!.latency, { p50: null, p95: null, p99: null })
})

test('the verdict is told what was refused for want of capacity, not for want of a token', () => {
  const refusing = (name: string, code: number) => ({
    statuses: { 200: 5, [code]: 4 },
    tactics: [tactic(`components.${name}.tactics.guard`, { rejected: 4 })],
  })
  const result = resultOf(status({}), status({ full: refusing('full', 429), shut: refusing('shut', 403) }))
  const { components } = labSamples(result, {})
  assert.deepEqual([components.full!.answered, components.full!.refused, components.shut!.refused], [9, 4, 0])
})
