import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { seededRandom } from '../kit/index.ts'
import type { AutoscalingStatus } from '../supervisor/autoscaling/autoscaling.ts'
import { openLab } from './test-lab.ts'

const INTERVAL_MS = 5000
const LAB = `
name: scaled
components:
  front: { kind: load-balancer, port: 8000, to: back, policy: least-requests }
  back:
    kind: service
    replicas: { min: 1, max: 10, target: { utilisation: 50% }, interval: ${INTERVAL_MS}ms, stabilisation: 30s }
    script: [{ work: { cpu: { exponential: 20ms } } }]
`

/** Poisson arrivals: a low load, a step up, and down again. */
const LOADS = [
  { untilMs: 60_000, perSecond: 15 },
  { untilMs: 260_000, perSecond: 90 },
  { untilMs: 460_000, perSecond: 15 },
]
const END_MS = 460_000

function* arrivals(): Generator<number> {
  const random = seededRandom('arrivals')
  let atMs = 0
  for (const { untilMs, perSecond } of LOADS) {
    while (atMs < untilMs) {
      yield atMs
      atMs -= (Math.log(1 - random.next()) * 1000) / perSecond
    }
  }
}

/** Runs the lab under the loads; what its clients got, and what each look at its autoscaling showed. */
async function run(t: TestContext) {
  const { lab, seen, ask, untilMs } = await openLab(t, LAB)
  for (const atMs of arrivals()) ask(atMs)
  const looks: { atMs: number; status: AutoscalingStatus }[] = []
  for (let atMs = 1.5 * INTERVAL_MS; atMs < END_MS; atMs += INTERVAL_MS) {
    lab.clock.at(atMs, () => void looks.push({ atMs, status: lab.status().components.back!.autoscaling! }))
  }
  await untilMs(END_MS + 10_000)
  return { statuses: seen.map(({ status }) => status), looks }
}

/** The numbers only rise (1) or only fall (-1). */
function assertOneWay(numbers: readonly number[], way: 1 | -1): void {
  const inOrder = numbers.toSorted((a, b) => way * (a - b))
  assert.deepEqual(numbers, inOrder)
}

test('a step in load makes a simulated lab follow the formula, without oscillation and without a lost request', async t => {
  const { statuses, looks } = await run(t)
  assert.deepEqual([statuses.length, new Set(statuses)], [[...arrivals()].length, new Set([200])])
  for (const { status } of looks) {
    const { from, utilisation, targetUtilisation, unknown, desired, reason } = status
    const formula = Math.ceil((from * utilisation!) / targetUtilisation - 1e-9)
    if (reason === 'above-target' && unknown === 0) assert.equal(desired, formula)
  }
  const between = (fromMs: number, toMs: number): number[] =>
    looks.filter(({ atMs }) => atMs >= fromMs && atMs < toMs).map(({ status }) => status.to)
  // 15/s × 20 ms is 0.3 of a thread, which at 50 % takes 0.6 replicas; 90/s is 1.8, which takes 3.6.
  assert.deepEqual(new Set(between(0, 60_000)), new Set([1]))
  assertOneWay(between(60_000, 260_000), 1)
  assert.deepEqual(new Set(between(160_000, 285_000)), new Set([4]), 'settled, and the window holds them for 30 s more')
  assertOneWay(between(260_000, END_MS), -1)
  assert.deepEqual(new Set(between(400_000, END_MS)), new Set([1]))
})
