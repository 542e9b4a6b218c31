import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { planHost } from '../supervisor/index.ts'
import { loadTopology, type Topology } from '../topology/index.ts'
import { splitPlan, splitTopology } from './inline-split.ts'
import { catalogs } from './topology-options.ts'

const LAB = `
name: split
components:
  edge: { kind: load-balancer, port: 18000, to: gateway }
  gateway:
    kind: api-gateway
    routes: [{ match: GET /data, to: service, tactics: [{ auth: { verify: remote, with: login } }] }]
  service: { kind: microservice, replicas: 2 }
  login: { kind: login }
`

async function topologyOf(t: TestContext, text: string): Promise<Topology> {
  const folder = mkdtempSync(join(tmpdir(), 'archlab-split-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const file = join(folder, 'topology.yaml')
  writeFileSync(file, text)
  const { topology } = await loadTopology(file, { catalogs, env: {} })
  return topology!
}

let next = 20_000
const freePorts = async (count: number): Promise<number[]> => Array.from({ length: count }, () => next++)

test('links across go over HTTP to addresses that both sides know, also those of tactics', async t => {
  const apart = new Set(['gateway'])
  const topology = await splitTopology(await topologyOf(t, LAB), apart, freePorts)
  const { edge, gateway, service, login } = topology.components
  assert.equal(edge!.links[0]!.transport, 'http')
  assert.equal(gateway!.links[0]!.transport, 'http')
  assert.equal(gateway!.links[0]!.tactics[0]!.links[0]!.transport, 'http')
  assert.deepEqual(
    [gateway, service, login].map(one => one!.listen?.ports.length),
    [1, 2, 1],
  )
  assert.deepEqual([edge!.access, service!.access], ['anyone', 'links'])

  const { rest, inline } = splitPlan(await planHost(topology, '/nowhere'), apart, '/ready')
  const names = (plans: readonly { replica: string }[]): string[] => plans.map(({ replica }) => replica)
  assert.deepEqual(names(inline.replicas), ['gateway/0'])
  assert.deepEqual(names(rest.replicas), ['edge/0', 'service/0', 'service/1', 'login/0'])
  assert.deepEqual(
    rest.threads.flatMap(thread => thread.replicas),
    names(rest.replicas),
  )
  assert.deepEqual(rest.levels.flat().sort(), ['edge', 'login', 'service'])
  assert.deepEqual(rest.elsewhere, { 'gateway/0': `http://127.0.0.1:${gateway!.listen!.ports[0]}` })
  const [first, second] = service!.listen!.ports
  assert.equal(inline.origins['service/0'], `http://127.0.0.1:${first}`)
  assert.equal(inline.origins['service/1'], `http://127.0.0.1:${second}`)
})

test('a component that is called across must not share its port among replicas', async t => {
  const topology = await topologyOf(t, LAB.replace('replicas: 2', 'replicas: 2, port: 18001'))
  await assert.rejects(
    splitTopology(topology, new Set(['gateway']), freePorts),
    (error: { code?: string; hint?: string }) =>
      error.code === 'CLI_USAGE' && error.hint === '--set components.service.replicas=1',
  )
})
