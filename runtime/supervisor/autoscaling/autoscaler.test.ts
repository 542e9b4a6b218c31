import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { AutoscalingSpec } from '../../topology/topology.ts'
import { Autoscaler, type Decision } from './autoscaler.ts'

const SPEC: AutoscalingSpec = {
  min: 1,
  max: 100,
  initial: 1,
  targetRatio: 0.5,
  toleranceRatio: 0.1,
  stabilisationMs: 0,
  intervalMs: 1000,
}

/** One decision on so many replicas; the component has had one of them for long. */
function decide(utilisations: readonly (number | null)[], spec: Partial<AutoscalingSpec> = {}): Decision {
  return new Autoscaler({ ...SPEC, ...spec }, 1, 0).decide({ nowMs: 100_000, utilisations })
}

const outcome = ({ to, reason }: Decision): unknown => [to, reason]
const all = (replicas: number, utilisation: number): number[] => Array.from({ length: replicas }, () => utilisation)

test('the number is the present one times the mean over the target, rounded up', () => {
  assert.deepEqual(outcome(decide(all(4, 1))), [8, 'above-target'], 'twice the target doubles it')
  assert.deepEqual(outcome(decide(all(4, 0.25))), [2, 'below-target'], 'half of the target halves it')
  assert.deepEqual(outcome(decide([0.2, 0.6, 1])), [4, 'above-target'], '3 × 0.6 / 0.5 = 3.6')
  assert.deepEqual(outcome(decide(all(3, 0.7), { targetRatio: 0.3 })), [6, 'step-limit'], 'exactly 7, and no 8')
  assert.equal(decide(all(3, 0.7), { targetRatio: 0.3 }).desired, 7)
})

test('within the tolerance of the target, its ends included, nothing changes', () => {
  for (const near of [0.45, 0.5, 0.55]) assert.deepEqual(outcome(decide(all(10, near))), [10, 'within-tolerance'])
  assert.deepEqual(outcome(decide(all(10, 0.56))), [12, 'above-target'])
  assert.deepEqual(outcome(decide(all(10, 0.44))), [9, 'below-target'])
  assert.deepEqual(outcome(decide(all(2, 0.4))), [2, 'as-desired'], 'one would be too few')
})

test('a step adds up to four in all, or doubles, and never leaves the bounds', () => {
  assert.deepEqual(outcome(decide([1], { targetRatio: 0.1 })), [4, 'step-limit'])
  assert.deepEqual(outcome(decide(all(20, 1), { targetRatio: 0.1 })), [40, 'step-limit'])
  assert.deepEqual(outcome(decide(all(20, 1), { targetRatio: 0.1, max: 30 })), [30, 'at-max'])
  assert.deepEqual(outcome(decide(all(20, 0), { min: 3 })), [3, 'at-min'])
})

test('replicas without a figure count as idle upwards, and as on target downwards', () => {
  assert.deepEqual(outcome(decide([1, 1, null])), [4, 'above-target'], '2 / 3 / 0.5 = 4 / 3')
  assert.deepEqual(outcome(decide([0.75, null, null])), [3, 'replicas-without-figures'], 'the direction would turn')
  assert.deepEqual(outcome(decide([0.2, 0.2, null])), [2, 'below-target'], '3 × 0.3 / 0.5 = 1.8')
  assert.deepEqual(outcome(decide([null, null])), [2, 'no-figures'])
  assert.deepEqual([decide([null, null]).utilisation, decide([1, null]).unknown], [null, 1])
})

test('replicas go down to the highest number that was wished within the window, and up at once', () => {
  const autoscaler = new Autoscaler({ ...SPEC, stabilisationMs: 30_000 }, 8, 0)
  const at = (nowMs: number, replicas: number, utilisation: number) =>
    outcome(autoscaler.decide({ nowMs, utilisations: all(replicas, utilisation) }))
  assert.deepEqual(at(10_000, 8, 0.1), [8, 'stabilising'], 'it began with 8')
  assert.deepEqual(at(20_000, 8, 0.3), [8, 'stabilising'])
  assert.deepEqual(at(31_000, 8, 0.1), [5, 'below-target'], '8 × 0.3 / 0.5 = 4.8 was wished 11 s ago')
  assert.deepEqual(at(40_000, 5, 1), [10, 'above-target'])
  assert.deepEqual(at(71_000, 10, 0.05), [1, 'below-target'])
})

test('under any steady load the number moves one way, ends at what the formula says of the load, and stays', () => {
  const loads = fc.record({
    load: fc.double({ min: 0, max: 60, noNaN: true }),
    begin: fc.integer({ min: 1, max: 100 }),
    target: fc.integer({ min: 5, max: 90 }),
    stabilisationMs: fc.constantFrom(0, 5000),
  })
  fc.assert(
    fc.property(loads, ({ load, begin, target, stabilisationMs }) => {
      const spec = { ...SPEC, targetRatio: target / 100, stabilisationMs }
      const autoscaler = new Autoscaler(spec, begin, 0)
      const counts = [begin]
      for (let turn = 1; turn <= 30; turn++) {
        const now = counts.at(-1)!
        const utilisations = all(now, Math.min(1, load / now))
        counts.push(autoscaler.decide({ nowMs: turn * spec.intervalMs, utilisations }).to)
      }
      const last = counts.at(-1)!
      const steps = counts.slice(1).map((count, at) => Math.sign(count - counts[at]!))
      assert.equal(new Set(steps.filter(step => step !== 0)).size <= 1, true, counts.join(' '))
      const wanted = Math.min(spec.max, Math.max(spec.min, Math.ceil(load / spec.targetRatio - 1e-9)))
      const off = Math.abs(load / last / spec.targetRatio - 1)
      assert.ok(last === wanted || off <= 0.1 + 1e-9, `${counts.join(' ')}, not ${wanted}`)
      assert.equal(counts.at(-5), last)
    }),
  )
})
