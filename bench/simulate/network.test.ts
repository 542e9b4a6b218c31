import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { SimulatedRun } from './result.ts'
import { simulator } from './simulate-case.ts'

const path = (name: string): string => fileURLToPath(new URL(`./cases/${name}`, import.meta.url))
const STATIONS = ['front', 'back-a', 'back-b']

async function networkRun(set: readonly string[]): Promise<SimulatedRun> {
  return (await (await simulator(path('network.yaml'), { set, requests: 1500 }))(5)).replications[0]!
}

const counter = (run: SimulatedRun, component: string, name: string): number =>
  run.components[component]!.counters[name] ?? 0

test('Little holds in a closed network: users are at the stations or think, and nowhere else', async () => {
  const run = await networkRun([])
  const insideMs = STATIONS.reduce((sum, name) => sum + counter(run, name, 'sojourn_ms'), 0)
  const responseMs = run.totals.latency.mean! * run.totals.latency.count
  // Integrals of the numbers at the stations are the sum of the response times: L = λ W, for the network as a whole.
  assert.ok(Math.abs(insideMs - responseMs) < 1e-3 * responseMs, `${insideMs} and ${responseMs}`)
  // N = X (R + Z) with three users that think a second; the end of the run cuts a cycle of each.
  const cycles = run.totals.latency.count
  const users = (cycles * (run.totals.latency.mean! + 1000)) / run.elapsedMs
  assert.ok(Math.abs(users - 3) < 0.15, `${users} users`)
})

test('requests are conserved in a network: what goes in comes out, on every way, also where stations refuse', async () => {
  for (const set of [[], ['components.front.queue.capacity=0']]) {
    const run = await networkRun(set)
    assert.deepEqual(run.totals.outcomes, { replied: run.totals.intended })
    assert.deepEqual(run.components.system!.statuses, run.totals.statuses)
    assert.equal(counter(run, 'front', 'arrived'), run.totals.intended)
    for (const name of STATIONS) {
      const gone = counter(run, name, 'served') + counter(run, name, 'refused')
      assert.equal(counter(run, name, 'arrived'), gone, name)
    }
    const passed = counter(run, 'front', 'served')
    assert.equal(counter(run, 'back-a', 'arrived') + counter(run, 'back-b', 'arrived'), passed)
  }
})
