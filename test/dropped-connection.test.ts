import assert from 'node:assert/strict'
import { test } from 'node:test'
import { callMany, httpCall, overTransport, startLab } from '@archlab/runtime/whole-lab'
import { tacticOf } from './support/counts.ts'
import { catalogs, supportModule, TRANSPORTS } from './support/lab5.ts'

/* The tactic `fault` drops connections: the client gets nothing, a link gets 502, and a replica survives it. */

const PROBE = supportModule('probe.ts')

for (const answer of ['at once', 'later'] as const) {
  test(`a client whose request is dropped ${answer} gets no reply, and the next one is served`, async t => {
    const latency = answer === 'later' ? 'latency: 5ms, latency-rate: 100%, ' : ''
    const source = `
name: drops
components:
  db:
    kind: ${PROBE}
    port: 8000
    tactics: [ { fault: { ${latency}drop: 100%, match: 'POST /' } } ]
`
    const lab = await startLab(t, source, { catalogs })
    const { url, logged } = lab
    for (const body of [undefined, 'x'.repeat(100_000)]) {
      const dropped = httpCall(`${url('db')}/`, { method: 'POST', ...(body && { body }) })
      await assert.rejects(dropped, { code: 'ECONNRESET' })
    }
    assert.equal((await httpCall(`${url('db')}/`)).status, 200)
    assert.equal((await tacticOf(lab, 'db', 'fault')).dropped, 2)
    assert.deepEqual(logged, [])
  })
}

for (const transport of TRANSPORTS) {
  test(`over ${transport} links a dropped request is 502 for the client in front, whose connection stays`, async t => {
    const source = `
name: drops
components:
  edge: { kind: load-balancer, port: 8000, to: db }
  db:
    kind: ${PROBE}
    tactics: [ { fault: { drop: 100% } } ]
`
    const { url } = await startLab(t, source, { catalogs, mapTopology: overTransport(transport) })
    for (let sent = 0; sent < 3; sent++) {
      const { status, headers } = await httpCall(`${url('edge')}/`)
      assert.equal(status, 502)
      assert.match(String(headers['proxy-status']), /error=connection_terminated/)
    }
  })
}

test('on a link a drop is 502 for the client in front', async t => {
  const source = `
name: drops
components:
  edge:
    kind: api-gateway
    port: 8000
    routes: [ { match: GET /, to: db, tactics: [ { fault: { drop: 100% } } ] } ]
  db: { kind: ${PROBE} }
`
  const { url } = await startLab(t, source, { catalogs })
  const { status, headers } = await httpCall(`${url('edge')}/`)
  assert.equal(status, 502)
  assert.equal(headers['proxy-status'], 'edge/0; error=connection_terminated; details="fault"')
})

test('a fifth of the connections dropped under load leaves the replica in order: every request has an end', async t => {
  const source = `
name: drops
components:
  db:
    kind: ${PROBE}
    port: 8000
    tactics: [ { fault: { drop: 20% } } ]
`
  const lab = await startLab(t, source, { catalogs })
  const requests = 1000
  const ends = await callMany(requests, 16, (_index, agent) =>
    httpCall(`${lab.url('db')}/`, { agent }).catch(error => ({ status: error.code })),
  )
  const { dropped, passed } = await tacticOf(lab, 'db', 'fault')
  assert.deepEqual(ends, { 200: passed, ECONNRESET: dropped })
  assert.equal(dropped! + passed!, requests)
})
