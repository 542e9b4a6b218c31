import assert from 'node:assert/strict'
import { test } from 'node:test'
import { callMany, eventually, httpCall, overTransport, startLab } from '@archlab/runtime/whole-lab'
import { componentOf, tacticOf } from './support/counts.ts'
import { catalogs, supportModule, TRANSPORTS } from './support/lab5.ts'

for (const transport of TRANSPORTS) {
  test(`over ${transport} links, with one of two replicas frozen, the other answers everybody and the loser is cancelled`, async t => {
    const source = `
name: hedging
components:
  edge:
    kind: load-balancer
    port: 8000
    to: probe
    tactics: [ { hedge: { after: 20ms, budget: 100% } } ]
  probe: { kind: ${supportModule('probe.ts')}, ports: [8001, 8002] }
`
    const lab = await startLab(t, source, { catalogs, mapTopology: overTransport(transport) })
    await httpCall(`${lab.url('probe', 0)}/switch?work=60000`, { method: 'POST' })
    const requests = 60
    const names = new Set<unknown>()
    const received = await callMany(requests, 6, async (_index, agent) => {
      const reply = await httpCall(lab.url('edge'), { agent })
      names.add(reply.json.replica)
      return reply
    })
    assert.deepEqual(received, { 200: requests })
    assert.deepEqual([...names], ['probe/1'])
    const frozen = async () => (await componentOf(lab, 'probe')).replicas['probe/0']!.counters
    await eventually(async () => (await frozen()).cancelled === (await frozen()).started, 'every loser is cancelled')
    const { started, finished } = await frozen()
    assert.ok(started! > 0, 'the frozen replica was asked')
    assert.equal(finished, 0)
    const { allowed, hedged, won_by_hedge, budget_refused, ineligible } = await tacticOf(lab, 'edge', 'hedge')
    // A second call of a well replica that took long may go to the frozen one; it does not win.
    assert.equal(allowed! + hedged! + budget_refused! + ineligible!, requests)
    assert.ok(won_by_hedge! > 0 && won_by_hedge! <= hedged!, `${won_by_hedge} of ${hedged}`)
    assert.deepEqual([budget_refused, ineligible], [0, 0])
  })
}

test('what is not idempotent is not sent twice, however long it takes', async t => {
  const source = `
name: hedging
components:
  edge:
    kind: load-balancer
    port: 8000
    to: probe
    tactics: [ { hedge: { after: 1ms, budget: 100% } } ]
  probe: { kind: ${supportModule('probe.ts')}, replicas: 2, work: 50ms }
`
  const lab = await startLab(t, source, { catalogs })
  const received = await callMany(10, 5, (_index, agent) => httpCall(lab.url('edge'), { agent, method: 'POST' }))
  assert.deepEqual(received, { 200: 10 })
  assert.equal((await componentOf(lab, 'probe')).counters.started, 10)
  const { hedged, ineligible } = await tacticOf(lab, 'edge', 'hedge')
  assert.deepEqual({ hedged, ineligible }, { hedged: 0, ineligible: 10 })
})
