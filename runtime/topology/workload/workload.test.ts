import assert from 'node:assert/strict'
import { test } from 'node:test'
import { codes, loadText } from '../fixtures/load-text.ts'
import { redact } from '../redact.ts'
import type { Topology } from '../topology.ts'
import type { ArrivalSpec, WorkloadSpec } from '../workload-spec.ts'

const variable = (name: string): string => `\${${name}}`

const lab = (workload: string): string => `
components: { edge: { kind: store, port: 5001 } }
workloads: { browse: ${workload.replaceAll('\n', '\n  ')} }
`

async function load(text: string, options = {}): Promise<Topology> {
  const { topology, problems } = await loadText(text, options)
  assert.deepEqual(problems, [])
  return topology!
}

async function workloadOf(workload: string, options = {}): Promise<WorkloadSpec> {
  return (await load(lab(workload), options)).workloads.browse!
}

const FULL = `{
  entry: edge,
  arrivals: { poisson: 50/s },
  duration: 30s,
  warmup: 5s,
  timeout: 2s,
  overload: { in-flight: 20, policy: drop },
  login: { request: POST /login, json: { username: user1 }, headers: { X-Mine: yes }, token: data.token, per: run },
  requests: [
    { request: GET  /data?full=1, weight: 9 },
    { request: "GET /items/{id}", keys: { id: { count: 1000, zipf: 0.99 } }, headers: { X-Mine: yes }, name: items },
    { request: POST /longtask, json: { task: report }, weight: 0.5 },
    { request: PUT /file, size: 10kb },
  ],
}`

test('a workload is read with its units decoded', async () => {
  assert.deepEqual(await workloadOf(FULL), {
    name: 'browse',
    target: { entry: 'edge' },
    arrivals: { type: 'poisson', perSecond: 50 },
    durationMs: 30_000,
    warmupMs: 5000,
    login: {
      request: { method: 'POST', path: '/login' },
      json: { username: 'user1' },
      headers: { 'X-Mine': 'yes' },
      token: 'data.token',
      per: 'run',
    },
    requests: [
      { ...REQUEST, name: 'GET /data?full=1', request: { method: 'GET', path: '/data?full=1' }, weight: 9 },
      {
        ...REQUEST,
        name: 'items',
        request: { method: 'GET', path: '/items/{id}' },
        headers: { 'X-Mine': 'yes' },
        keys: { id: { count: 1000, zipf: 0.99 } },
      },
      {
        ...REQUEST,
        name: 'POST /longtask',
        request: { method: 'POST', path: '/longtask' },
        json: { task: 'report' },
        weight: 0.5,
      },
      { ...REQUEST, name: 'PUT /file', request: { method: 'PUT', path: '/file' }, bodyBytes: 10_240 },
    ],
    timeoutMs: 2000,
    overload: { inFlightMax: 20, policy: 'drop' },
  })
})

const REQUEST = { weight: 1, count: null, headers: {}, json: null, bodyBytes: 0, keys: {} }

test('what is left out has its default', async () => {
  const spec =
    await workloadOf(`{ entry: edge, arrivals: { constant: 30/m }, duration: 1m, requests: [{ request: GET / }],
    login: { request: GET /token } }`)
  const { arrivals, warmupMs, timeoutMs, overload, login, requests } = spec
  assert.deepEqual(arrivals, { type: 'constant', perSecond: 0.5 })
  assert.deepEqual([warmupMs, timeoutMs], [0, 10_000])
  assert.deepEqual(overload, { inFlightMax: 1000, policy: 'queue' })
  assert.deepEqual([login!.token, login!.per, login!.json, login!.headers], ['token', 'run', null, {}])
  assert.deepEqual(requests, [{ ...REQUEST, name: 'GET /', request: { method: 'GET', path: '/' } }])
})

const FORMS: readonly [string, ArrivalSpec, number | null][] = [
  ['{ ramp: { from: 0/s, to: 100/s } }', { type: 'ramp', process: 'poisson', from: 0, to: 100 }, 30_000],
  [
    '{ ramp: { from: 10/s, to: 1/s, process: constant } }',
    { type: 'ramp', process: 'constant', from: 10, to: 1 },
    30_000,
  ],
  [
    '{ bursts: { rate: 500/s, for: 1s, pause: { exponential: 9s } } }',
    {
      type: 'bursts',
      process: 'poisson',
      onPerSecond: 500,
      offPerSecond: 0,
      on: { type: 'constant', valueMs: 1000 },
      off: { type: 'exponential', meanMs: 9000 },
    },
    30_000,
  ],
  [
    '{ bursts: { rate: 0/s, for: { uniform: [0ms, 2s] }, pause: 1s, pause-rate: 5/s, process: constant } }',
    {
      type: 'bursts',
      process: 'constant',
      onPerSecond: 0,
      offPerSecond: 5,
      on: { type: 'uniform', minMs: 0, maxMs: 2000 },
      off: { type: 'constant', valueMs: 1000 },
    },
    30_000,
  ],
  ['{ trace: lab.yaml }', { type: 'trace', file: 'lab.yaml', process: 'poisson' }, 30_000],
  [
    '{ trace: { file: ./lab.yaml, process: constant } }',
    { type: 'trace', file: './lab.yaml', process: 'constant' },
    30_000,
  ],
  [
    '{ closed: { users: 10 } }',
    { type: 'closed', users: 10, think: { type: 'constant', valueMs: 0 }, spawnPerSecond: null, iterations: null },
    30_000,
  ],
  [
    '{ closed: { users: 10, think: { exponential: 1s }, spawn: 5/s, iterations: 20 } }',
    { type: 'closed', users: 10, think: { type: 'exponential', meanMs: 1000 }, spawnPerSecond: 5, iterations: 20 },
    30_000,
  ],
]

for (const [text, expected, durationMs] of FORMS) {
  test(`arrivals: ${text} is read`, async () => {
    const spec = await workloadOf(`{ entry: edge, arrivals: ${text}, duration: 30s, requests: [{ request: GET / }] }`)
    assert.deepEqual(spec.arrivals, expected)
    assert.equal(spec.durationMs, durationMs)
  })
}

test('a stage that changes begins where the one before it ended, and stages together are the duration', async () => {
  const stages =
    '[{ rate: 10/s, for: 10s }, { to: 100/s, for: 20s }, { to: 0/s, for: 1s }, { from: 3/s, to: 5/s, for: 1s }]'
  const spec = await workloadOf(`{ entry: edge, arrivals: { stages: ${stages} }, requests: [{ request: GET / }] }`)
  assert.deepEqual(spec.arrivals, {
    type: 'stages',
    process: 'poisson',
    stages: [
      { from: 10, to: 10, durationMs: 10_000 },
      { from: 10, to: 100, durationMs: 20_000 },
      { from: 100, to: 0, durationMs: 1000 },
      { from: 3, to: 5, durationMs: 1000 },
    ],
  })
  assert.equal(spec.durationMs, 32_000)
  const short = `{ entry: edge, arrivals: { stages: { steps: ${stages}, process: constant } }, duration: 5s, requests: [{ request: GET / }] }`
  const { arrivals, durationMs } = await workloadOf(short)
  assert.deepEqual([arrivals.type === 'stages' && arrivals.process, durationMs], ['constant', 5000])
})

test('a closed loop has as many requests under way as users', async () => {
  const spec = await workloadOf(
    '{ entry: edge, arrivals: { closed: { users: 7, iterations: 3 } }, requests: [{ request: GET / }] }',
  )
  assert.deepEqual(spec.overload, { inFlightMax: 7, policy: 'queue' })
  assert.equal(spec.durationMs, null)
})

const ENDS = [
  'arrivals: { closed: { users: 1 } }, requests: [{ request: GET /, count: 5 }]',
  'arrivals: { poisson: 1/s }, requests: [{ request: GET /, count: 5 }]',
  'arrivals: { bursts: { rate: 1/s, for: 1s, pause: 1s } }, requests: [{ request: GET /, count: 5 }]',
  'arrivals: { trace: lab.yaml }, requests: [{ request: GET / }]',
]

for (const one of ENDS) {
  test(`a duration is not needed for ${one}`, async () => {
    assert.equal((await workloadOf(`{ entry: edge, ${one} }`)).durationMs, null)
  })
}

const URLS: readonly [string, string][] = [
  ['http://localhost:8000', 'http://localhost:8000'],
  ['HTTPS://Example.org:443/api//', 'https://example.org/api'],
  ['http://[::1]:8080/', 'http://[::1]:8080'],
]

for (const [written, url] of URLS) {
  test(`the address ${written} is ${url}`, async () => {
    const text = `{ url: "${written}", arrivals: { poisson: 1/s }, duration: 1s, requests: [{ request: GET / }] }`
    assert.deepEqual((await workloadOf(text)).target, { url })
  })
}

const SECRET = `{
  url: "http://${variable('HOST')}",
  arrivals: { poisson: "${variable('RATE')}/s" },
  duration: "${variable('DURATION')}",
  login: {
    request: "POST /login?key=${variable('KEY')}", json: { deep: [{ password: "${variable('KEY')}" }] },
    headers: { X-Key: "${variable('KEY')}" },
  },
  requests: [
    { request: "GET /data?key=${variable('KEY')}", weight: "${variable('RATE')}" },
    { request: POST /plain, json: "${variable('KEY')}", headers: { Cookie: written=hunter2 }, name: "${variable('KEY')}" },
  ],
}`

test('what comes from a variable, and every credential, is kept and not shown', async () => {
  const env = { HOST: 'hunter2.example', RATE: '5', DURATION: '10s', KEY: 'hunter2' }
  const topology = await load(lab(SECRET), { env })
  const { target, arrivals, durationMs, login, requests } = topology.workloads.browse!
  assert.deepEqual(target, { url: 'http://hunter2.example' })
  assert.deepEqual([arrivals, durationMs, requests[0]!.weight], [{ type: 'poisson', perSecond: 5 }, 10_000, 5])
  assert.equal(login!.request.path, '/login?key=hunter2')
  assert.deepEqual(login!.json, { deep: [{ password: 'hunter2' }] })
  assert.deepEqual(login!.headers, { 'X-Key': 'hunter2' })
  assert.equal(requests[0]!.request.path, '/data?key=hunter2')
  assert.equal(requests[0]!.name, `GET /data?key=${variable('KEY')}`)
  assert.deepEqual([requests[1]!.json, requests[1]!.headers], ['hunter2', { Cookie: 'written=hunter2' }])
  assert.deepEqual(topology.secrets, [
    '/workloads/browse/target/url',
    '/workloads/browse/login/request/path',
    '/workloads/browse/login/json/deep/0/password',
    '/workloads/browse/login/headers/X-Key',
    '/workloads/browse/requests/0/request/path',
    '/workloads/browse/requests/1/name',
    '/workloads/browse/requests/1/headers/Cookie',
    '/workloads/browse/requests/1/json',
  ])
  const shown = redact(topology)
  assert.doesNotMatch(JSON.stringify(shown), /hunter2/)
  assert.equal(shown.workloads.browse!.requests[1]!.headers.Cookie, '***')
})

test('a trace named by a variable is a secret, and neither it nor a wrong one is quoted', async () => {
  const text = lab(`{ entry: edge, arrivals: { trace: "${variable('FILE')}" }, requests: [{ request: GET / }] }`)
  const topology = await load(text, { env: { FILE: 'lab.yaml' } })
  assert.deepEqual(topology.secrets, ['/workloads/browse/arrivals/file'])
  const { problems } = await loadText(text, { env: { FILE: 'hunter2' } })
  assert.deepEqual(
    problems.map(({ code }) => code),
    ['TOPOLOGY_TRACE_UNREADABLE'],
  )
  assert.doesNotMatch(JSON.stringify(problems), /hunter2/)
})

test('problems about values of variables name the variable', async () => {
  const text = lab(`{ entry: "${variable('KEY')}", arrivals: { poisson: "${variable('KEY')}" }, duration: 1s,
    requests: [{ request: "${variable('KEY')}" }, { request: GET /, headers: { X-Mine: "${variable('KEY')}" } }] }`)
  const { problems, sources } = await loadText(text, { env: { KEY: 'hunter2 ä' } })
  assert.deepEqual(
    problems.map(({ code }) => code.replace('TOPOLOGY_', '')),
    ['UNKNOWN_COMPONENT', 'BAD_UNIT', 'BAD_FORMAT', 'BAD_FORMAT'],
  )
  assert.doesNotMatch(JSON.stringify({ problems, sources }), /hunter2/)
  assert.match(problems[2]!.message, /"\$\{KEY\}"/)
})

const BASE = '{ entry: edge, arrivals: { poisson: 50/s }, duration: 30s, requests: [{ request: GET / }] }'

test('patches change workloads, and are checked like the file', async () => {
  const patched = async (...set: string[]): Promise<WorkloadSpec> => workloadOf(BASE, { set })
  const faster = await patched('workloads.browse.duration=5s', 'workloads.browse.arrivals.poisson=100/s')
  assert.deepEqual([faster.durationMs, faster.arrivals], [5000, { type: 'poisson', perSecond: 100 }])
  assert.equal((await patched('workloads.browse.arrivals={closed: {users: 3}}')).arrivals.type, 'closed')
  assert.equal(
    (await patched('workloads.browse.requests.0.json={}', 'workloads.browse.requests.0.request=POST /x')).requests[0]!
      .name,
    'POST /x',
  )
  assert.deepEqual((await patched('workloads.browse.entry=off', 'workloads.browse.url=http://h:1')).target, {
    url: 'http://h:1',
  })
  for (const [set, code, column] of [
    ['workloads.browse.duration=5', 'BAD_UNIT', 27],
    ['workloads.browse.arrivals.poisson=0/s', 'OUT_OF_RANGE', 35],
    ['workloads.browse.arrivals.constant=5/s', 'BAD_ARRIVALS', 27],
    ['workloads.browse.warmup=30s', 'OUT_OF_RANGE', 25],
    ['workloads.browse.durration=5s', 'UNKNOWN_KEY', 18],
    ['workloads.browse.requests.0.request=GET', 'BAD_FORMAT', 37],
  ] as const) {
    const { problems } = await loadText(lab(BASE), { set: [set] })
    const [first, ...more] = problems
    assert.deepEqual(
      [first?.code, first?.where?.file, first?.where?.column, more],
      [`TOPOLOGY_${code}`, '--set #1', column, []],
    )
  }
})

test('a variant may change a workload; one that makes it wrong is a problem of the variant', async () => {
  const text = (rate: string): string =>
    `${lab(BASE)}experiments: { pays: { workload: browse, variants: { as-is: , faster: { workloads.browse.arrivals.poisson: ${rate} } } } }\n`
  const variant = { experiment: 'pays', variant: 'faster' }
  assert.deepEqual((await load(text('99/s'), { variant })).workloads.browse!.arrivals, {
    type: 'poisson',
    perSecond: 99,
  })
  const { problems } = await loadText(text('0/s'))
  assert.equal(problems.length, 1)
  assert.match(problems[0]!.message, /^with experiments\.pays\.variants\.faster: must be from 1\/h/)
})

test('a workload is frozen, and a topology without workloads has none', async () => {
  const spec = await workloadOf(FULL)
  assert.ok(Object.isFrozen(spec.requests[1]!.keys.id))
  assert.deepEqual((await load('components: { edge: { kind: store, port: 5001 } }')).workloads, {})
})

test('an entry may have ports instead of a port', async () => {
  const text = `components: { edge: { kind: store, ports: [5001, 5002] } }\nworkloads: { browse: ${BASE} }`
  assert.deepEqual(codes(await loadText(text)), [])
})

test('a brace in a path that lacks quotes is told how to be written', async () => {
  const { problems } = await loadText(lab('{ entry: edge, requests: [{ request: GET /items/{id} }] }'))
  assert.equal(problems[0]!.code, 'TOPOLOGY_SYNTAX')
  assert.match(problems[0]!.hint!, /needs quotes: "GET \/items\/\{id\}"/)
})
