import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { simulator } from './simulate-case.ts'

const LAB5 = fileURLToPath(new URL('../../topology.yaml', import.meta.url))
const OPEN = ['tactics.rate-limit=off', 'workloads.browse.warmup=0s']

test('Lab 5 is simulated with login, jobs, caches and limits, and no reply is lost on the way', async () => {
  const { replications } = await (await simulator(LAB5, { requests: 600 }))(1)
  const { totals, components } = replications[0]!
  assert.deepEqual(totals.outcomes, { replied: 600 })
  assert.deepEqual(components.edge!.statuses, totals.statuses)
  // 120 a minute at each of two gateways, of which the workload's own login took one before the run.
  const admitted = components.gateway!.decisions['components.gateway.tactics.rate-limit']!
  assert.equal(admitted.allowed! + admitted.rejected!, 600)
  assert.equal(admitted.allowed, 239)
  // It admits 50 a minute.
  assert.equal(components['microservice-b']!.statuses[200], 50)
  assert.equal(components.login!.statuses[200], 239)
  assert.equal(components.worker!.counters.submitted, totals.statuses[202])
})

test('tokens are checked as well where no login component is asked', async () => {
  const set = [...OPEN, 'components.gateway.routes.*.tactics.auth.verify=local']
  const { replications } = await (await simulator(LAB5, { set, requests: 300 }))(1)
  const { totals, components } = replications[0]!
  assert.deepEqual(Object.keys(totals.statuses), ['200', '202'])
  assert.equal(components.login!.received, 0)
  const auth = components.gateway!.decisions['components.gateway.routes.1.tactics.auth']!
  assert.equal(auth.allowed, totals.statuses[200])
})
