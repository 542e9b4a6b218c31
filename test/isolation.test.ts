import assert from 'node:assert/strict'
import { Agent, request } from 'node:http'
import { type TestContext, test } from 'node:test'
import { callMany, eventually, httpCall, type LabUnderTest, overTransport, startLab } from '@archlab/runtime/whole-lab'
import { componentOf, countersOf, tacticOf } from './support/counts.ts'
import { catalogs, supportModule, TRANSPORTS, type Transport } from './support/lab5.ts'

/*
 * A gateway that works on 16 requests at once, with a backend that hangs behind one of its routes: what the other route
 * feels of it, counted. `npm run bench:isolation` measures the same in milliseconds.
 */

const PROBE = supportModule('probe.ts')
const SLOTS = 16
const HANGING = 64

const PROTECTION = `
        tactics:
          - fallback: { status: 200, json: { from: fallback } }
          - bulkhead: { max-concurrent: 4 }
          - circuit-breaker: { min-calls: 20, open-for: OPEN_FOR }
          - timeout: { after: 50ms }`

function startGateway(t: TestContext, transport: Transport, protection: string): Promise<LabUnderTest> {
  const source = `
name: isolation
components:
  gateway:
    kind: api-gateway
    port: 8000
    tactics: [ { bulkhead: { max-concurrent: ${SLOTS} } } ]
    routes:
      - { match: GET /healthy, to: healthy }
      - match: GET /hanging
        to: hanging${protection}
  healthy: { kind: ${PROBE}, work: 1ms }
  hanging: { kind: ${PROBE}, port: 8001, work: 60s }
`
  return startLab(t, source, { catalogs, threads: 'per-replica', mapTopology: overTransport(transport) })
}

const askHealthy = (lab: LabUnderTest): Promise<Record<string, number>> =>
  callMany(200, 4, (_index, agent) => httpCall(`${lab.url('gateway')}/healthy`, { agent }))

for (const transport of TRANSPORTS) {
  test(`over ${transport} links a hanging backend takes a gateway's other route down with it`, async t => {
    const lab = await startGateway(t, transport, '')
    assert.deepEqual(await askHealthy(lab), { 200: 200 })
    const clients = Array.from({ length: HANGING }, () =>
      request(`${lab.url('gateway')}/hanging`, { agent: new Agent() }),
    )
    for (const client of clients) client.on('error', () => {}).end()
    await eventually(async () => (await countersOf(lab, 'hanging')).started === SLOTS, 'every slot is taken')
    assert.deepEqual(await askHealthy(lab), { 503: 200 })
    const refused = await httpCall(`${lab.url('gateway')}/healthy`)
    assert.match(String(refused.headers['proxy-status']), /^gateway\/0; .*details="bulkhead"/)
    for (const client of clients) client.destroy()
    await eventually(async () => (await countersOf(lab, 'hanging')).cancelled === SLOTS, 'every slot is free')
    assert.deepEqual(await askHealthy(lab), { 200: 200 })
  })

  test(`over ${transport} links timeout, breaker, bulkhead and fallback keep a hanging backend to its own route`, async t => {
    const lab = await startGateway(t, transport, PROTECTION.replace('OPEN_FOR', '60s'))
    const askHanging = () =>
      callMany(200, HANGING, async (_index, agent) => {
        const reply = await httpCall(`${lab.url('gateway')}/hanging`, { agent })
        assert.deepEqual(reply.json, { from: 'fallback' })
        return reply
      })
    const askBoth = async (): Promise<void> => {
      assert.deepEqual(await Promise.all([askHanging(), askHealthy(lab)]), [{ 200: 200 }, { 200: 200 }])
    }
    let asked = 0
    await eventually(async () => {
      await askBoth()
      asked += 200
      return (await tacticOf(lab, 'gateway', 'circuit-breaker')).opened === 1
    }, 'the breaker opens')
    await askBoth()
    const { started, finished } = await countersOf(lab, 'hanging')
    // Twenty calls open the breaker; the bulkhead lets three more be under way at that moment.
    assert.ok(started! >= 20 && started! <= 23, `${started} calls reached the backend that hangs`)
    assert.equal(finished, 0)
    await eventually(async () => (await countersOf(lab, 'hanging')).cancelled === started, 'all of them are called off')
    assert.equal((await tacticOf(lab, 'gateway', 'fallback')).replaced, asked + 200)
  })
}

test('a route whose backend is well again goes back to it', async t => {
  const lab = await startGateway(t, 'channel', PROTECTION.replace('OPEN_FOR', '100ms'))
  const ask = () => httpCall(`${lab.url('gateway')}/hanging`)
  await callMany(100, 4, ask)
  assert.deepEqual((await ask()).json, { from: 'fallback' })
  await httpCall(`${lab.url('hanging')}/switch?work=0`, { method: 'POST' })
  await eventually(async () => (await ask()).json.replica === 'hanging/0', 'the backend answers')
  await eventually(async () => {
    const { tactics } = await componentOf(lab, 'gateway')
    return (await ask()).status === 200 && tactics.some(one => one.name === 'circuit-breaker' && one.gauges.state === 0)
  }, 'the breaker is closed')
  for (let call = 0; call < 20; call++) assert.equal((await ask()).json.replica, 'hanging/0')
})
