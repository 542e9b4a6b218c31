import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { readPage, textOf } from '../../report/test-page.ts'
import { capacityHtml } from './report.ts'
import type { CapacityResult } from './result.ts'
import { scalingOf } from './scaling.ts'
import { findCapacity, type Probe } from './search.ts'
import { capacityText, scalingText } from './text.ts'

const PLAN = { fromPerSecond: 100, maxPerSecond: 1_000_000, precision: 0.05 }

/** A system that holds every rate up to a limit. */
const upTo =
  (limit: number) =>
  async (perSecond: number): Promise<Probe> => ({ perSecond, held: perSecond <= limit ? 3 : 0, of: 3 })

test('the search comes within its precision of any limit, from either side', async () => {
  const limits = fc.double({ min: 1, max: 900_000, noNaN: true })
  await fc.assert(
    fc.asyncProperty(limits, async limit => {
      const { perSecond, between, end, probes } = await findCapacity(PLAN, upTo(limit))
      assert.equal(end, 'found')
      assert.ok(perSecond! <= limit && perSecond! * 1.05 >= limit * 0.999999, `${perSecond} for ${limit}`)
      assert.equal(between[0], perSecond)
      assert.ok(between[1]! > limit && probes.length < 40)
    }),
  )
})

test('runs that disagree widen what is told, and a majority decides', async () => {
  const chancy = async (perSecond: number): Promise<Probe> => {
    const held = perSecond <= 150 ? 3 : perSecond <= 200 ? 2 : perSecond <= 300 ? 1 : 0
    return { perSecond, held, of: 3 }
  }
  const { perSecond, between } = await findCapacity(PLAN, chancy)
  assert.ok(perSecond! > 150 && perSecond! <= 200)
  assert.ok(between[0]! <= 150 && between[1]! > 300)
})

test('a search ends at its largest rate, at its smallest, and when it is stopped', async () => {
  const beyond = await findCapacity({ ...PLAN, maxPerSecond: 300 }, upTo(1000))
  assert.deepEqual([beyond.end, beyond.perSecond, beyond.between], ['beyond the largest rate', 300, [300, null]])
  const below = await findCapacity(PLAN, upTo(0))
  assert.deepEqual([below.end, below.perSecond], ['below the smallest rate', null])
  const probes = [{ perSecond: 100, held: 3, of: 3 }]
  const stopped = await findCapacity(PLAN, async () => probes.pop() ?? null)
  assert.deepEqual([stopped.end, stopped.perSecond], ['stopped', 100])
  assert.match(capacityText(stopped, ['p95 < 50ms']), /up to 100\/s at least: the search ended early/)
})

const RESULT: CapacityResult = {
  ...{ format: 'archlab-capacity/1', name: 'lab', workload: 'few', seed: 1, environment: {} as never },
  ...{ expectations: ['p95 < 50ms'], capacity: null, scaling: null, over: null },
}

test('a search is one well-formed page, also when it found nothing', async () => {
  for (const limit of [0, 150]) {
    const capacity = await findCapacity(PLAN, upTo(limit))
    const text = textOf(readPage(capacityHtml({ ...RESULT, capacity })).root)
    assert.match(text, limit === 0 ? /No rate holds/ : /every run met them, from/)
  }
})

test('points of a known law give its parameters back', () => {
  const law = (n: number): number => (50 * n) / (1 + 0.05 * (n - 1) + 0.002 * n * (n - 1))
  const points = [1, 2, 4, 8, 16, 32].map(n => ({ n, perSecond: law(n), runs: [law(n)] }))
  const scaling = scalingOf(points)
  assert.ok(Math.abs(scaling.fit!.sigma - 0.05) < 1e-4 && Math.abs(scaling.fit!.kappa - 0.002) < 1e-5)
  assert.match(scalingText(scaling, 'users'), /largest at users = 22/)
  assert.equal(scalingOf(points.slice(0, 2)).fit, null)
  const page = readPage(capacityHtml({ ...RESULT, scaling, over: '<users>' }))
  assert.match(textOf(page.root), /contention σ = 0\.0500/)
})
