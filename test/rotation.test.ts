import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { callMany, eventually, httpCall, type LabUnderTest, overTransport, startLab } from '@archlab/runtime/whole-lab'
import { componentOf } from './support/counts.ts'
import { catalogs, supportModule, TRANSPORTS, type Transport } from './support/lab5.ts'

/* Replicas that fail or are not well leave a link's rotation, and come back. */

function startTrio(t: TestContext, transport: Transport, link: string): Promise<LabUnderTest> {
  const source = `
name: trio
components:
  edge: { kind: load-balancer, port: 8000, to: probe, ${link} }
  probe: { kind: ${supportModule('probe.ts')}, ports: [8001, 8002, 8003] }
`
  return startLab(t, source, { catalogs, mapTopology: overTransport(transport) })
}

/** Tells one replica how to be from now on. */
async function turn(lab: LabUnderTest, which: number, query: string): Promise<void> {
  assert.equal((await httpCall(`${lab.url('probe', which)}/switch?${query}`, { method: 'POST' })).status, 200)
}

/** Requests that each replica has begun. */
async function shares(lab: LabUnderTest): Promise<number[]> {
  const { replicas } = await componentOf(lab, 'probe')
  return Object.values(replicas).map(({ counters }) => counters.started!)
}

async function link(lab: LabUnderTest): Promise<{ counters: Record<string, number>; gauges: Record<string, number> }> {
  const [only] = (await componentOf(lab, 'edge')).links
  return { counters: { ...only!.counters }, gauges: { ...only!.gauges } }
}

/** Asks one after the other; how often each status came back. */
const askInTurn = (lab: LabUnderTest, count: number): Promise<Record<string, number>> =>
  callMany(count, 1, (_index, agent) => httpCall(lab.url('edge'), { agent }))

for (const transport of TRANSPORTS) {
  test(`over ${transport} links a replica that fails five times in a row is left out, to the request`, async t => {
    const lab = await startTrio(t, transport, 'outliers: { ejection: 60s }')
    await turn(lab, 1, 'status=503')
    assert.deepEqual(await askInTurn(lab, 100), { 200: 95, 503: 5 })
    const [first, second, third] = await shares(lab)
    assert.equal(second, 5)
    assert.ok(Math.abs(first! - third!) <= 1, `${first} and ${third}`)
    const { counters, gauges } = await link(lab)
    assert.deepEqual([counters.calls, counters.failures, counters.ejections], [100, 5, 1])
    assert.deepEqual(gauges, { up: 3, fit: 2 })
  })

  test(`over ${transport} links a replica whose ejection is over is tried again, and stays when it is well`, async t => {
    const lab = await startTrio(t, transport, 'outliers: { ejection: 300ms }')
    await turn(lab, 2, 'status=500')
    assert.equal((await askInTurn(lab, 15))[500], 5)
    await turn(lab, 2, 'status=200')
    const [, , before] = await shares(lab)
    await eventually(async () => {
      await askInTurn(lab, 3)
      return (await shares(lab))[2]! > before!
    }, 'it is asked again')
    assert.deepEqual(await askInTurn(lab, 30), { 200: 30 })
    assert.deepEqual((await link(lab)).gauges, { up: 3, fit: 3 })
  })

  test(`over ${transport} links a health check takes a replica out, and takes it back`, async t => {
    const check = 'health-check: { path: /health, interval: 20ms, unhealthy-after: 2, healthy-after: 2 }'
    const lab = await startTrio(t, transport, check)
    const fit = async (): Promise<number> => (await link(lab)).gauges.fit!
    await turn(lab, 0, 'health=503')
    await eventually(async () => (await fit()) === 2, 'it is out')
    const [before] = await shares(lab)
    assert.deepEqual(await askInTurn(lab, 60), { 200: 60 })
    assert.deepEqual((await shares(lab))[0], before, 'it is not asked for anything but its health')
    await turn(lab, 0, 'health=200')
    await eventually(async () => (await fit()) === 3, 'it is back')
    await askInTurn(lab, 30)
    assert.equal((await shares(lab))[0], before! + 10)
  })
}

test('no more than half of the replicas are left out, however many fail', async t => {
  const lab = await startTrio(t, 'channel', 'outliers: { ejection: 60s }')
  for (const which of [0, 1, 2]) await turn(lab, which, 'status=503')
  assert.deepEqual(await askInTurn(lab, 90), { 503: 90 })
  const { counters, gauges } = await link(lab)
  assert.equal(counters.ejections, 1)
  assert.deepEqual(gauges, { up: 3, fit: 2 })
})

test('when fewer than half of the replicas are well, all are used again', async t => {
  const check = 'health-check: { path: /health, interval: 20ms, unhealthy-after: 1, healthy-after: 1 }'
  const lab = await startTrio(t, 'channel', check)
  await turn(lab, 0, 'health=503')
  await turn(lab, 1, 'health=503')
  await eventually(async () => (await link(lab)).gauges.fit === 1, 'two are not well')
  const before = await shares(lab)
  assert.deepEqual(await askInTurn(lab, 30), { 200: 30 })
  assert.deepEqual(
    await shares(lab),
    before.map(count => count + 10),
  )
  assert.equal((await link(lab)).counters.panics, 1)
})

test('a replica that hangs is left out like one that fails', async t => {
  const lab = await startTrio(t, 'channel', 'timeout: 50ms, outliers: { ejection: 60s }')
  await turn(lab, 1, 'work=60000')
  const { 504: late, ...others } = await askInTurn(lab, 60)
  assert.deepEqual([late, others], [5, { 200: 55 }])
  assert.equal((await shares(lab))[1], 5)
})
