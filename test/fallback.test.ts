import assert from 'node:assert/strict'
import { test } from 'node:test'
import { httpCall, overTransport, startLab } from '@archlab/runtime/whole-lab'
import { countersOf, tacticOf } from './support/counts.ts'
import { catalogs, supportModule, TRANSPORTS } from './support/lab5.ts'

/* The tactic `fallback` on a route: another component, or a static reply, while the real one fails. */

const PROBE = supportModule('probe.ts')

for (const transport of TRANSPORTS) {
  test(`over ${transport} links another component answers while the real one fails, and says so`, async t => {
    const source = `
name: degraded
components:
  edge:
    kind: api-gateway
    port: 8000
    routes: [ { match: GET /, to: main, tactics: [ { fallback: { to: copy } } ] } ]
  main: { kind: ${PROBE}, port: 8001 }
  copy: { kind: ${PROBE}, port: 8002 }
`
    const lab = await startLab(t, source, { catalogs, mapTopology: overTransport(transport) })
    const ask = () => httpCall(`${lab.url('edge')}/`)
    const turn = (component: string, status: number) =>
      httpCall(`${lab.url(component)}/switch?status=${status}`, { method: 'POST' })
    assert.equal((await ask()).json.replica, 'main/0')

    await turn('main', 503)
    const degraded = await ask()
    assert.deepEqual([degraded.status, degraded.json.replica], [200, 'copy/0'])
    assert.equal(
      degraded.headers['proxy-status'],
      'edge/0; error=destination_unavailable; details="fallback"; received-status=503',
    )
    assert.equal(degraded.headers['cache-control'], 'no-store')

    await turn('copy', 500)
    const lost = await ask()
    assert.deepEqual([lost.status, lost.json.replica], [503, 'main/0'])
    await turn('main', 200)
    assert.equal((await ask()).json.replica, 'main/0')
    assert.deepEqual(await tacticOf(lab, 'edge', 'fallback'), { passed: 2, replaced: 1, failed: 1 })
    assert.equal((await countersOf(lab, 'copy')).started, 2)
  })
}

test('a static reply takes the place of what an inner tactic refuses', async t => {
  const source = `
name: degraded
components:
  db:
    kind: ${PROBE}
    port: 8000
    tactics:
      - fallback: { json: { items: [] }, headers: { x-degraded: yes } }
      - rate-limit: { max: 1, per: 1h }
`
  const lab = await startLab(t, source, { catalogs })
  assert.equal((await httpCall(lab.url('db'))).json.replica, 'db/0')
  const { status, text, headers } = await httpCall(lab.url('db'))
  assert.deepEqual([status, text, headers['x-degraded']], [200, '{"items":[]}', 'yes'])
  assert.equal(
    headers['proxy-status'],
    'db/0; error=http_request_denied; details="rate-limit", ' +
      'db/0; error=proxy_internal_response; details="fallback"; received-status=429',
  )
})
