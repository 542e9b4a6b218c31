import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { codes, loadText } from './fixtures/load-text.ts'
import { catalogs } from './fixtures/modules/catalogs.ts'
import { loadTopology } from './load.ts'
import { redact } from './redact.ts'
import type { Topology } from './topology.ts'

const LAB = `
name: lab
seed: 7
threads: 4
components:
  edge: { kind: balancer, port: 8000, to: [gateway], policy: least-requests, transport: http, timeout: 2s }
  gateway:
    kind: gate
    ports: [5000, 5003]
    access: links
    body-limit: 64kb
    drain-timeout: 1m
    resources: { requests: { cpu: 250m }, limits: { memory: 64mb, cpu: 1.5 } }
    tactics:
      - limit: { max: 5, match: POST /login, scope: component, report-only: true }
      - limit: { max: 9 }
    routes:
      - { match: POST /login, to: login }
      - match: /data/*
        to: [api, other]
        path: /process
        policy: { weighted-round-robin: { api: 5 } }
        reply: { status: 202, json: { status: queued } }
        tactics: [{ guard: { with: login } }]
  api: { kind: service, replicas: 3, links: { database: { to: store, tactics: [{ memo: { store: cache } }] }, audit: other } }
  other: { kind: service }
  login: { kind: vault, links: { ledger: store } }
  cache: { kind: store }
  store: { kind: store }
workloads: { browse: { entry: edge, arrivals: { poisson: 50/s }, duration: 30s, requests: [{ request: GET /data }] } }
scenarios: { peak: { stimulus: browse, expect: [errors < 1%] } }
experiments: { pays: { workload: browse, variants: { without: { tactics.memo: off }, with: {} } } }
`

async function load(text: string, options = {}): Promise<Topology> {
  const result = await loadText(text, options)
  assert.deepEqual(result.problems, [])
  return result.topology!
}

test('a valid topology has its names resolved and its defaults filled in', async () => {
  const { components, name, seed, threads } = await load(LAB)
  assert.deepEqual([name, seed, threads], ['lab', 7, 4])
  assert.deepEqual(Object.keys(components), ['edge', 'gateway', 'api', 'other', 'login', 'cache', 'store'])
  const { edge, gateway, api, cache } = components
  assert.deepEqual(edge!.listen, { host: '127.0.0.1', ports: [8000], shared: true })
  assert.deepEqual(edge!.settings, { mode: 'proxy' })
  assert.equal(edge!.module, catalogs.components.balancer)
  assert.deepEqual(
    [edge!.access, edge!.bodyLimitBytes, edge!.drainTimeoutMs, edge!.resources.limits.memoryBytes],
    ['anyone', 1048576, 5000, null],
  )
  assert.deepEqual([gateway!.access, gateway!.bodyLimitBytes, gateway!.drainTimeoutMs], ['links', 65536, 60000])
  assert.deepEqual(gateway!.resources, {
    requests: { memoryBytes: 67108864, cpuCores: 0.25 },
    limits: { memoryBytes: 67108864, cpuCores: 1.5 },
  })
  assert.deepEqual([gateway!.replicas, gateway!.listen], [2, { host: '127.0.0.1', ports: [5000, 5003], shared: false }])
  assert.deepEqual([api!.replicas, api!.listen, cache!.replicas], [3, null, 1])
  assert.equal(api!.settings.ttl, '30s')
})

test('links are resolved from the inline, the named and the routed form', async () => {
  const { components } = await load(LAB)
  assert.deepEqual(components.edge!.links, [
    {
      name: 'to',
      address: 'components.edge.to',
      to: ['gateway'],
      policy: { name: 'least-requests', settings: {}, weights: {} },
      transport: 'http',
      slowStartMs: 0,
      timeoutMs: 2000,
      outliers: { failures: 5, ejectionMs: 30_000, intervalMs: 10_000, maxEjectedRatio: 0.5 },
      healthCheck: null,
      panicRatio: 0.5,
      path: null,
      tactics: [],
    },
  ])
  const [login, data] = components.gateway!.links
  assert.deepEqual(
    [login!.name, login!.address, login!.timeoutMs, login!.transport],
    ['routes.0', 'components.gateway.routes.0', 10_000, 'auto'],
  )
  assert.deepEqual(data!.policy, { name: 'weighted-round-robin', settings: {}, weights: { api: 5 } })
  assert.deepEqual([data!.to, data!.path], [['api', 'other'], '/process'])
  assert.deepEqual(components.gateway!.routes, [
    { match: { method: 'POST', path: '/login' }, link: 'routes.0', reply: null },
    { match: { method: '*', path: '/data/*' }, link: 'routes.1', reply: { status: 202, json: { status: 'queued' } } },
  ])
  assert.deepEqual(
    components.api!.links.map(link => [link.name, link.to]),
    [
      ['database', ['store']],
      ['audit', ['other']],
    ],
  )
})

test('tactics have unique addresses, the core settings apart, and links of their own', async () => {
  const { components } = await load(LAB)
  const [first, second] = components.gateway!.tactics
  assert.deepEqual(first, {
    name: 'limit',
    address: 'components.gateway.tactics.limit',
    module: catalogs.tactics.limit,
    settings: { max: 5, per: '60s' },
    match: { method: 'POST', path: '/login' },
    scope: 'component',
    reportOnly: true,
    links: [],
  })
  assert.deepEqual(
    [second!.address, second!.scope, second!.match],
    ['components.gateway.tactics.limit#2', 'replica', null],
  )
  const [memo] = components.api!.links[0]!.tactics
  assert.equal(memo!.address, 'components.api.links.database.tactics.memo')
  assert.deepEqual(
    memo!.links.map(link => [link.name, link.address, link.to]),
    [['store', 'components.api.links.database.tactics.memo.store', ['cache']]],
  )
})

test('a setting that lists components becomes one link to all of them', async () => {
  const { components } = await load(`
components:
  api: { kind: store, port: 5001, mirror: two, tactics: [{ memo: { copies: [one, two] } }] }
  one: { kind: store }
  two: { kind: store }
`)
  assert.deepEqual(
    components.api!.tactics[0]!.links.map(link => [link.name, link.to]),
    [['copies', ['one', 'two']]],
  )
  assert.deepEqual(
    components.api!.links.map(link => [link.name, link.to]),
    [['mirror', ['two']]],
  )
})

test('the result is frozen to its leaves and survives JSON', async () => {
  const topology = await load(LAB)
  assert.deepEqual(JSON.parse(JSON.stringify(topology)), topology)
  assert.throws(() => ((topology.components.edge!.links[0]!.to as string[])[0] = 'x'), TypeError)
})

test('a kind given by path is imported from the folder of the file and named by its definition', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'archlab-kind-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'lab.yaml')
  writeFileSync(file, 'components: { a: { kind: ./mine.ts, port: 5001 } }')
  const module = (text: string) =>
    `export default { kind: 'mine', summary: '', settings: {}, example: '', create() {}, about: '${text}' }`
  writeFileSync(join(folder, 'mine.ts'), module('one'))
  const { topology } = await loadTopology(file, { catalogs, env: {} })
  assert.equal(topology?.components.a?.kind, 'mine')
  assert.match(topology?.components.a?.module ?? '', /^file:.*mine\.ts\?version=[0-9a-f]{12}$/)
})

test('a variable is put into strings, becomes a number where one is wanted, and its text is secret', async () => {
  const text = `
components:
  api:
    kind: service
    port: \${PORT}
    verbose: \${VERBOSE:-true}
    ttl: "\${TTL:-5}s"
    label: \${LABEL}
    links: { audit: "\${TARGET}" }
  store: { kind: store, port: 5002 }
experiments: { peak: { question: "$\${X}?", variants: { other: { components.api.label: "\${LABEL}" } } } }
`
  const topology = await load(text, { env: { PORT: '5001', LABEL: 'hush', TARGET: 'store', VERBOSE: '' } })
  const api = topology.components.api!
  assert.deepEqual(api.listen?.ports, [5001])
  assert.deepEqual([api.settings.verbose, api.settings.ttl, api.settings.label], [true, '5s', 'hush'])
  const { question, variants } = topology.experiments.peak!
  assert.deepEqual([question, variants], [`\${X}?`, { other: { 'components.api.label': 'hush' } }])
  assert.deepEqual(topology.secrets, [
    '/components/api/settings/ttl',
    '/components/api/settings/label',
    '/experiments/peak/variants/other/components.api.label',
  ])
  const redacted = redact(topology)
  assert.doesNotMatch(JSON.stringify(redacted), /hush/)
  assert.equal(redacted.components.api!.settings.label, '***')
  assert.equal(topology.components.api!.settings.label, 'hush')
})

test('secret settings are redacted, also in lists and when they are defaults', async () => {
  const secret = 'a secret of thirty-two bytes or so'
  const text = `
components:
  vault:
    kind: vault
    port: 5001
    secret: ${secret}
    links: { ledger: store }
  plain: { kind: vault, port: 5002, users: [one, two], links: { ledger: store } }
  store: { kind: store, tactics: [{ guard: { with: plain, secret: ${secret} } }] }
`.replace('with: plain', 'verify: local')
  const { topology, sources } = await loadText(text)
  assert.deepEqual(topology!.secrets, [
    '/components/vault/settings/secret',
    '/components/vault/settings/users/0',
    '/components/plain/settings/users/0',
    '/components/plain/settings/users/1',
    '/components/store/tactics/0/settings/secret',
  ])
  assert.doesNotMatch(JSON.stringify(redact(topology!)), /thirty-two|scrypt|"one"/)
  assert.doesNotMatch(sources[0]!.text, /thirty-two/)
})

test('merged and aliased values are as if they were written out', async () => {
  const { components } = await load(`
x-base: &base { kind: service, workers: 3, ttl: 1s }
x-limits: &limits [{ limit: { max: 5 } }]
components:
  one: { <<: *base, port: 5001, ttl: 2s, tactics: *limits }
  two: { <<: [{ ttl: 9s }, *base], port: 5002, tactics: *limits }
`)
  assert.deepEqual([components.one!.settings.workers, components.one!.settings.ttl], [3, '2s'])
  assert.deepEqual([components.two!.settings.workers, components.two!.settings.ttl], [3, '9s'])
  assert.equal(components.two!.tactics[0]!.address, 'components.two.tactics.limit')
})

test('a file without a name is called after the file, and --seed comes before the file', async () => {
  const topology = await load('seed: 3\ncomponents: { a: { kind: store, port: 5001 } }', { seed: 9 })
  assert.deepEqual([topology.name, topology.seed], ['lab', 9])
})

test('a file that cannot be read is a problem that says why', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'archlab-unreadable-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const missing = await loadTopology(join(folder, 'none.yaml'), { catalogs })
  assert.match(missing.problems[0]!.message, /no such file/)
  const directory = await loadTopology(folder, { catalogs })
  assert.match(directory.problems[0]!.message, /directory/)
  const large = await loadText(`# ${'x'.repeat(1024 * 1024)}\n`)
  assert.match(large.problems[0]!.message, /1 MB/)
  const binary = await loadText(Uint8Array.of(0xff, 0xfe, 0x00))
  assert.match(binary.problems[0]!.message, /UTF-8/)
  for (const result of [missing, directory, large, binary]) {
    assert.deepEqual([codes(result), result.topology], [['UNREADABLE'], null])
  }
})

test('absurd nesting is a problem, not a crash', async () => {
  for (const text of [
    '['.repeat(1_000_000),
    'a: '.repeat(3),
    `a: ${'['.repeat(500)}${']'.repeat(500)}`,
    '- '.repeat(20_000),
  ]) {
    const { topology, problems } = await loadText(text)
    assert.equal(topology, null)
    assert.ok(problems.length > 0)
  }
})

test('more than a hundred problems are cut, and the rest is counted', async () => {
  const components = Array.from({ length: 150 }, (_, index) => `  c${index}: { kind: nothing }`).join('\n')
  const { problems } = await loadText(`components:\n${components}\n`)
  assert.equal(problems.length, 101)
  assert.equal(problems[100]!.code, 'TOPOLOGY_MORE_PROBLEMS')
  assert.match(problems[100]!.message, /50 more/)
})

test('a chosen variant is applied on top of the patches', async () => {
  const variant = { experiment: 'pays', variant: 'without' }
  const { topology, problems } = await loadText(LAB, { variant, set: ['components.api.replicas=2'] })
  assert.deepEqual(
    problems.map(problem => [problem.severity, problem.where?.path]),
    [['warning', 'components.cache']],
  )
  assert.deepEqual(topology!.components.api!.links[0]!.tactics, [])
  assert.equal(topology!.components.api!.replicas, 2)
  const typo = await loadText(LAB, { variant: { ...variant, variant: 'witout' } })
  assert.deepEqual(codes(typo), ['UNKNOWN_VARIANT'])
  assert.match(typo.problems[0]!.hint!, /did you mean "without"/)
})

test('a privileged port is refused exactly below the first open one', async () => {
  const text = 'components: { web: { kind: store, port: 80 } }'
  assert.deepEqual(codes(await loadText(text, { machine: { firstOpenPort: 81 } })), ['PORT_PRIVILEGED'])
  assert.deepEqual(codes(await loadText(text, { machine: { firstOpenPort: 80 } })), [])
})

test('variants are checked against the file, not against what --set makes of it', async () => {
  const { topology } = await loadText(LAB, { set: ['tactics.memo=off'] })
  assert.deepEqual(topology!.components.api!.links[0]!.tactics, [])
})

test('a variable without quotes in braces gets a hint about quotes', async () => {
  const { problems } = await loadText(`components: { api: { kind: service, label: \${LABEL} } }`)
  assert.equal(problems[0]!.code, 'TOPOLOGY_SYNTAX')
  assert.match(problems[0]!.hint!, /quotes/)
})

test('a module whose settings the kit did not make, or whose pattern is none, is a problem and not a crash', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'archlab-odd-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const module = (settings: string) =>
    `export default { kind: 'odd', summary: '', example: '', create() {}, settings: ${settings} }`
  writeFileSync(join(folder, 'odd.ts'), module('{ a: null }'))
  writeFileSync(join(folder, 'pattern.ts'), module(`{ a: { 'x-archlab': 'text', type: 'string', pattern: '(' } }`))
  writeFileSync(join(folder, 'taken.ts'), module(`{ port: { 'x-archlab': 'any' } }`))
  const file = join(folder, 'lab.yaml')
  writeFileSync(
    file,
    `components:
  one: { kind: ./odd.ts, port: 5001 }
  two: { kind: ./pattern.ts, port: 5002, a: b }
  three: { kind: ./taken.ts, port: 5003 }
`,
  )
  const result = await loadTopology(file, { catalogs, env: {} })
  assert.deepEqual(codes(result), ['MODULE_UNUSABLE', 'BAD_FORMAT', 'MODULE_UNUSABLE'])
})
