import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { effectiveChains, effectiveText } from './effective.ts'
import { catalogs } from './fixtures/modules/catalogs.ts'
import { loadTopology } from './load.ts'

const TEXT = `
components:
  gate:
    kind: gate
    port: 18080
    body-limit: 64kb
    tactics:
      - limit: { max: 5, match: POST /login }
      - limit: { max: 9, report-only: true }
    routes:
      - match: GET /data
        to: api
        path: /process
        timeout: 1500ms
        policy: { consistent-hash: { key: ip } }
        outliers: { failures: 0 }
        health-check: { path: /healthz }
        tactics: [{ limit: { max: 3 } }]
  api: { kind: service, links: { database: store } }
  store: { kind: store }
  front:
    kind: caller
    port: 18081
    links: { audit: { to: store, timeout: 1s } }
    script: [ { call: api }, { call: audit } ]
`

async function chains(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), 'archlab-effective-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'topology.yaml')
  writeFileSync(file, TEXT)
  const { topology, problems } = await loadTopology(file, { catalogs, env: {} })
  assert.deepEqual(problems, [])
  return effectiveChains(topology!)
}

test('a component shows what its requests pass, outermost first, with defaults filled in', async t => {
  const [gate, api] = await chains(t)
  assert.deepEqual(
    gate!.inbound.map(({ step, match }) => [step, match]),
    [
      ['access', undefined],
      ['limits', undefined],
      ['body-limit', undefined],
      ['limit', 'POST /login'],
      ['limit', undefined],
      ['gate', undefined],
      ['drain', undefined],
    ],
  )
  const limits = { 'connection-limit': 10_000, 'header-limit': '16kb', 'url-limit': '8kb', 'body-timeout': '30s' }
  assert.deepEqual(gate!.inbound[1]!.settings, limits)
  assert.deepEqual(gate!.inbound[2]!.settings, { 'body-limit': '64kb' })
  assert.equal(gate!.inbound[3]!.settings.per, '60s')
  assert.equal(gate!.inbound[4]!.settings['report-only'], true)
  // Without a listener nothing comes over the wire, so what guards the wire does not act.
  assert.deepEqual(
    api!.inbound.map(({ step }) => step),
    ['service', 'drain'],
  )
})

test('a link shows its tactics, then everything that the runtime does by default or because it is told to', async t => {
  const [gate, api] = await chains(t)
  const [route] = gate!.links
  assert.equal(route!.match, 'GET /data')
  assert.deepEqual(
    route!.steps.map(({ step }) => step),
    ['limit', 'path', 'timeout', 'health-check', 'panic', 'policy', 'transport'],
  )
  const settings = Object.fromEntries(route!.steps.map(one => [one.step, one.settings]))
  assert.deepEqual(settings.timeout, { timeout: '1500ms' })
  assert.deepEqual(settings.policy, { policy: { 'consistent-hash': { key: 'ip', table: 'ring' } } })
  assert.equal(settings['health-check']!.interval, '10s')
  const [database] = api!.links
  assert.deepEqual(database!.steps, [
    { step: 'timeout', settings: { timeout: '10s' } },
    { step: 'outliers', settings: { failures: 5, ejection: '30s', interval: '10s', 'max-ejected': '50%' } },
    { step: 'panic', settings: { panic: '50%' } },
    { step: 'policy', settings: { policy: 'round-robin' } },
    { step: 'transport', settings: { transport: 'auto' } },
  ])
})

test('a component that is called without an entry in links is shown with the defaults of a link', async t => {
  const front = (await chains(t)).at(-1)!
  assert.deepEqual(
    front.links.map(({ address, to }) => [address, to]),
    [
      ['components.front.links.audit', ['store']],
      ['components.front.links.api', ['api']],
    ],
  )
  const [audit, api] = front.links
  assert.deepEqual(audit!.steps[0], { step: 'timeout', settings: { timeout: '1s' } })
  assert.deepEqual(api!.steps[0], { step: 'timeout', settings: { timeout: '10s' } })
  assert.deepEqual(
    api!.steps.map(({ step }) => step),
    ['timeout', 'outliers', 'panic', 'policy', 'transport'],
  )
})

test('the text has one line for each step, in order', async t => {
  const text = effectiveText(await chains(t), false)
  assert.match(
    text,
    /^gate {2}\(gate\)\n {2}access {6}access: anyone\n {2}limits {6}connection-limit: 10000, .*\n {2}body-limit {2}body-limit: 64kb\n {2}limit/,
  )
  assert.match(text, /\n {2}→ GET \/data {2}api {2}\(components\.gate\.routes\.0\)\n {6}limit/)
  assert.match(text, /policy +policy: \{ consistent-hash: \{ key: ip, table: ring \} \}/)
})
