import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { CASES } from './cases.ts'
import type { SimulationResult } from './result.ts'
import { covers, estimateOf, simulator, simulatorOf } from './simulate-case.ts'
import { simulationText } from './summary.ts'

const path = (name: string): string => fileURLToPath(new URL(`./cases/${name}`, import.meta.url))
const meanOf = ({ estimates }: SimulationResult): number => estimates.find(one => one.measure === 'mean')!.value

// The whole table, with 100 seeds each and longer runs, is `npm run simulate:coverage`.
const SEEDS = 4
for (const one of CASES.filter(({ requests }) => requests <= 15_000)) {
  test(`${one.name}: the interval of a run holds what theory says`, async () => {
    const simulateWith = await simulatorOf({ ...one, requests: 2000 })
    let covered = 0
    for (let seed = 1; seed <= SEEDS; seed++) {
      if (covers(estimateOf(one, await simulateWith(seed)), one.theory)) covered += 1
    }
    // Three misses out of four come in one of 2000 times by chance, and these seeds are always the same.
    assert.ok(covered > SEEDS - 3, `${covered} of ${SEEDS}`)
  })
}

test('the same seed gives the same result to the last bit, another one another', async () => {
  const simulateWith = await simulator(path('balanced.yaml'), { requests: 2000 })
  const told = async (seed: number): Promise<string> => {
    const { speed: _, ...rest } = await simulateWith(seed)
    return JSON.stringify(rest)
  }
  const first = await told(7)
  assert.equal(await told(7), first)
  assert.notEqual(await told(8), first)
})

test('no request is lost or counted twice, and Little holds at the station', async () => {
  const set = ['components.server.queue.capacity=2']
  const { replications } = await (await simulator(path('station.yaml'), { set, requests: 5000 }))(1)
  const { totals, components } = replications[0]!
  const server = components.server!
  assert.equal(totals.intended, 5000)
  assert.deepEqual(totals.outcomes, { replied: 5000 })
  assert.deepEqual(server.statuses, totals.statuses)
  assert.deepEqual(
    [server.received, server.counters.arrived, server.counters.served, server.counters.refused],
    [5000, 5000, totals.statuses[200], totals.statuses[503]],
  )
  // L = λ W: the integral of the number inside over time is the sum of the times inside.
  const sojournMs = totals.latency.mean! * totals.latency.count
  assert.ok(Math.abs(server.counters.sojourn_ms! - sojournMs) < 1e-3 * sojournMs)
})

test('random waits longest, then round robin, then join the shortest queue, then one queue for all', async () => {
  const policies = ['random', 'round-robin', 'least-requests']
  const means: number[] = []
  for (const policy of policies) {
    const set = [`components.front.policy=${policy}`]
    means.push(meanOf(await (await simulator(path('balanced.yaml'), { set, requests: 6000 }))(1)))
  }
  const one = ['components.server.replicas=1', 'components.server.servers=4']
  means.push(meanOf(await (await simulator(path('balanced.yaml'), { set: one, requests: 6000 }))(1)))
  for (const [at, mean] of means.slice(1).entries()) assert.ok(mean < means[at]!, means.join(' > '))
})

test('servers without a queue and processor sharing do not mind how service times vary', async () => {
  const times = ['1ms', '{ exponential: 1ms }', '{ hyperexponential: { mean: 1ms, cv: 2 } }']
  for (const system of ['servers=unlimited', 'queue.discipline=processor-sharing']) {
    for (const service of times) {
      const set = [`components.server.service=${service}`, `components.server.${system}`]
      const result = await (await simulator(path('station.yaml'), { set, rate: '500/s', requests: 4000 }))(2)
      const expected = system.startsWith('servers') ? 1 : 2
      assert.ok(Math.abs(meanOf(result) - expected) < 0.12 * expected, `${system} ${service}: ${meanOf(result)}`)
    }
  }
})

test('what autoscaling changes is in the result, by time, and in its text', async () => {
  const set = ['components.server.replicas={ min: 1, max: 4, target: { utilisation: 50% }, interval: 1s }']
  const result = await (await simulator(path('cpu.yaml'), { set, requests: 4000 }))(1)
  const { scalings, elapsedMs } = result.replications[0]!
  assert.deepEqual([scalings[0]!.component, scalings[0]!.from, scalings[0]!.reason], ['server', 1, 'above-target'])
  for (const [at, { atMs, from }] of scalings.entries()) {
    assert.equal(from, scalings[at - 1]?.to ?? 1)
    assert.ok(atMs > 0 && atMs < elapsedMs)
  }
  assert.match(
    simulationText(result, 'a title', false),
    /autoscaling\n.*reason\n[-\s]+[^\n]* server +1 → 2 [^\n]*above-target/,
  )
})
