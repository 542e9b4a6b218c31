import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { callMany, httpCall, type LabUnderTest, overTransport, startLab } from '@archlab/runtime/whole-lab'
import { countersOf, tacticOf } from './support/counts.ts'
import { catalogs, supportModule, TRANSPORTS, type Transport } from './support/lab5.ts'

/* Retries in three layers in front of a backend that answers 503 to everything: what reaches it, to the unit. */

const LAYERS = ['edge', 'middle', 'inner'] as const
const ATTEMPTS = 3

function startLayers(t: TestContext, transport: Transport, settings: string): Promise<LabUnderTest> {
  const retry = `tactics: [ { retry: { attempts: ${ATTEMPTS}, backoff: 1ms, max-backoff: 2ms, ${settings} } } ]`
  const source = `
name: storm
components:
  edge: { kind: load-balancer, port: 8000, to: middle, ${retry} }
  middle: { kind: load-balancer, to: inner, ${retry} }
  inner: { kind: load-balancer, to: backend, ${retry} }
  backend: { kind: ${supportModule('probe.ts')}, status: 503 }
`
  return startLab(t, source, { catalogs, mapTopology: overTransport(transport) })
}

const ask =
  (lab: LabUnderTest): Parameters<typeof callMany>[2] =>
  (_index, agent) =>
    httpCall(lab.url('edge'), { agent })

for (const transport of TRANSPORTS) {
  test(`over ${transport} links retries without a budget multiply, layer by layer`, async t => {
    const lab = await startLayers(t, transport, 'budget: unlimited')
    assert.deepEqual(await callMany(20, 20, ask(lab)), { 503: 20 })
    assert.equal((await countersOf(lab, 'backend')).started, 20 * ATTEMPTS ** LAYERS.length)
  })

  test(`over ${transport} links retries with a budget add a fifth at most to what a dead backend has to bear`, async t => {
    const lab = await startLayers(t, transport, 'budget: 20%, budget-floor: 0')
    const requests = 1000
    assert.deepEqual(await callMany(requests, 20, ask(lab)), { 503: requests })
    const { started = 0 } = await countersOf(lab, 'backend')
    assert.ok(started > 1.1 * requests, `only ${started}: the budget was not used`)
    let arrived = requests
    for (const layer of LAYERS) {
      const { retried = 0 } = await tacticOf(lab, layer, 'retry')
      assert.ok(retried <= 0.2 * arrived, `${layer} made ${retried} retries for ${arrived} requests`)
      arrived += retried
    }
    assert.equal(started, arrived)
    // All of them were made by the innermost layer, whose Retry-After keeps those further out from trying as well.
    assert.ok(started <= 1.2 * requests, `${started}`)
  })
}

test('the default budget leaves a lone request its retries, and bounds those of many', async t => {
  const lab = await startLayers(t, 'channel', '')
  assert.deepEqual(await callMany(1, 1, ask(lab)), { 503: 1 })
  const { started: alone = 0 } = await countersOf(lab, 'backend')
  assert.equal(alone, ATTEMPTS)
  const requests = 999
  assert.deepEqual(await callMany(requests, 20, ask(lab)), { 503: requests })
  const { started = 0 } = await countersOf(lab, 'backend')
  // In addition to the fifth, three retries per ten seconds; a slow run may see a second window.
  assert.ok(started <= 1.2 * (requests + 1) + 2 * 3, `${started}`)
})

test('a backend that fails now and then is made up for, and every good reply reaches its caller once', async t => {
  const source = `
name: hiccups
components:
  edge:
    kind: load-balancer
    port: 8000
    to: backend
    tactics: [ { retry: { backoff: 1ms, budget: 100% } } ]
  backend: { kind: ${supportModule('probe.ts')}, ports: [8001, 8002] }
`
  const lab = await startLab(t, source, { catalogs })
  await httpCall(`${lab.url('backend', 0)}/switch?status=503`, { method: 'POST' })
  const calls = new Set<number>()
  const received = await callMany(100, 4, async (_index, agent) => {
    const reply = await httpCall(lab.url('edge'), { agent })
    calls.add(reply.json.call)
    return reply
  })
  // The second try goes to the other replica, so none needs a third.
  assert.deepEqual(received, { 200: 100 })
  assert.equal(calls.size, 100)
  const { retried, recovered, exhausted } = await tacticOf(lab, 'edge', 'retry')
  assert.ok(retried! > 0)
  assert.deepEqual({ recovered, exhausted }, { recovered: retried, exhausted: 0 })
})

test('what is not idempotent reaches a dead backend once, unless it has an Idempotency-Key', async t => {
  const lab = await startLayers(t, 'channel', 'budget: unlimited')
  const post = (headers: Record<string, string>) => httpCall(lab.url('edge'), { method: 'POST', body: '{}', headers })
  assert.equal((await post({})).status, 503)
  assert.equal((await countersOf(lab, 'backend')).started, 1)
  assert.equal((await post({ 'idempotency-key': 'one' })).status, 503)
  assert.equal((await countersOf(lab, 'backend')).started, 1 + ATTEMPTS ** LAYERS.length)
})
