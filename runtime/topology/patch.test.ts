import assert from 'node:assert/strict'
import { test } from 'node:test'
import { codes, loadText } from './fixtures/load-text.ts'
import type { Topology } from './topology.ts'

const LAB = `
components:
  gateway:
    kind: gate
    port: 5000
    tactics: [{ limit: { max: 5 } }, { limit: { max: 9 } }]
    routes:
      - { match: GET /data, to: api-a, tactics: [{ limit: { max: 3 } }] }
      - { match: GET /list, to: [api-a, api-b] }
  api-a: &api { kind: service, links: { database: store }, tactics: [limit: { max: 50 }] }
  api-b: *api
  store: { kind: store, port: 5002 }
workloads: { browse: { entry: gateway, arrivals: { poisson: 50/s }, duration: 30s, requests: [{ request: GET /data }] } }
`

async function patched(...set: string[]): Promise<Topology> {
  const result = await loadText(LAB, { set })
  assert.deepEqual(result.problems, [])
  return result.topology!
}

test('a patch sets a value and leaves everything else alone', async () => {
  const [before, after] = [await patched(), await patched('components.store.port=6000')]
  assert.deepEqual(after.components.store!.listen?.ports, [6000])
  assert.deepEqual({ ...after.components, store: 0 }, { ...before.components, store: 0 })
})

test('a patch of one user of an alias leaves the other alone', async () => {
  const { components } = await patched('components.api-a.replicas=4', 'components.api-a.tactics.limit.max=7')
  assert.deepEqual([components['api-a']!.replicas, components['api-b']!.replicas], [4, 1])
  assert.deepEqual(
    [components['api-a']!.tactics[0]!.settings.max, components['api-b']!.tactics[0]!.settings.max],
    [7, 50],
  )
})

test('a star reaches every component whose name fits', async () => {
  const { components } = await patched('components.api-*.replicas=3')
  assert.deepEqual(
    Object.values(components).map(one => one.replicas),
    [1, 3, 3, 1],
  )
})

test('what stands between stars fits in its order, and the ends do not overlap', async () => {
  const fitting = [
    'components.*p*-*.replicas=3',
    'components.a*i-*.replicas=3',
    'components.*api-a*.replicas=3',
    'components.ap**-a.replicas=3',
  ]
  for (const set of fitting) assert.equal((await patched(set)).components['api-a']!.replicas, 3, set)
  for (const set of ['components.api-*-a.replicas=3', 'components.*-*p*.replicas=3', 'components.api-a*a.replicas=3']) {
    assert.deepEqual(codes(await loadText(LAB, { set: [set] })), ['SET_NO_MATCH'], set)
  }
})

test('tactics are addressed by name, the second of a name by #2, and routes by index', async () => {
  const { components } = await patched(
    'components.gateway.tactics.limit#2.max=10',
    'components.gateway.routes.0.tactics.limit.max=4',
    'components.gateway.routes.1.timeout=1s',
  )
  assert.deepEqual(
    components.gateway!.tactics.map(tactic => tactic.settings.max),
    [5, 10],
  )
  assert.equal(components.gateway!.links[0]!.tactics[0]!.settings.max, 4)
  assert.equal(components.gateway!.links[1]!.timeoutMs, 1000)
})

test('off removes a tactic, a key, a route', async () => {
  const { components } = await patched(
    'components.gateway.tactics.limit=off',
    'components.api-a.tactics=off',
    'components.gateway.routes.0=off',
  )
  assert.deepEqual(
    components.gateway!.tactics.map(tactic => tactic.settings.max),
    [9],
  )
  assert.deepEqual(components['api-a']!.tactics, [])
  assert.deepEqual(
    components.gateway!.routes.map(route => route.match.path),
    ['/list'],
  )
})

test('tactics.<name>=off alone removes it from every component, link and route', async () => {
  const { components } = await patched('tactics.limit=off')
  assert.doesNotMatch(JSON.stringify(components), /tactics\.limit/)
})

test('tactics.<name>.<setting> alone changes it wherever the tactic stands', async () => {
  const { components } = await patched('tactics.limit.max=2')
  const all = Object.values(components).flatMap(one => [...one.tactics, ...one.links.flatMap(link => link.tactics)])
  assert.deepEqual(
    all.map(tactic => tactic.settings.max),
    [2, 2, 2, 2, 2],
  )
})

test('a tactic is added to a component, and to a link that was written short', async () => {
  const { components } = await patched(
    'components.store.tactics.limit={max: 8}',
    'components.api-a.links.database.tactics.memo={}',
    'components.api-a.links.database.timeout=3s',
  )
  assert.deepEqual(
    components.store!.tactics.map(tactic => tactic.settings.max),
    [8],
  )
  const [link] = components['api-a']!.links
  assert.deepEqual([link!.to, link!.timeoutMs, link!.tactics[0]!.name], [['store'], 3000, 'memo'])
})

test('a quoted off is a value, not a removal', async () => {
  const { topology, problems } = await loadText(LAB, { set: ['components.api-a.order="off"'] })
  assert.equal(topology, null)
  assert.match(problems[0]!.message, /must be one of fifo, lifo, not the text "off"/)
})

test('patches apply in order, groups are made as needed, and other sections can be patched', async () => {
  const topology = await patched(
    'components.api-b.replicas=2',
    'components.api-b.replicas=5',
    'components.api-b.pool.size=3',
    'workloads.browse.duration=5s',
    'name=patched',
  )
  assert.equal(topology.components['api-b']!.replicas, 5)
  assert.deepEqual(topology.components['api-b']!.settings.pool, { size: 3, idle: '1m' })
  assert.equal(topology.workloads.browse!.durationMs, 5000)
  assert.equal(topology.name, 'patched')
})

const MISSES: readonly [string, string, number, RegExp][] = [
  ['components.gatway.replicas=4', 'SET_NO_MATCH', 12, /did you mean "gateway"/],
  ['component.gateway.replicas=4', 'SET_NO_MATCH', 1, /did you mean "components"/],
  ['components.gatway=off', 'SET_NO_MATCH', 12, /did you mean "gateway"/],
  ['components.web-*.replicas=4', 'SET_NO_MATCH', 12, /there are: gateway, api-a/],
  ['components.store.mirror=off', 'SET_NO_MATCH', 18, /there are: kind, port/],
  ['components.store.tactics.limit=off', 'SET_NO_MATCH', 26, /it has no tactics/],
  ['components.store.tactics.limit.max=5', 'SET_NO_MATCH', 26, /to add it: components\.store\.tactics\.limit=/],
  ['components.gateway.tactics.limt.max=5', 'SET_NO_MATCH', 28, /did you mean "limit"/],
  ['components.gateway.routes.2.timeout=5s', 'SET_NO_MATCH', 27, /an index from 0 to 1/],
  ['components.api-a.links.databse.timeout=5s', 'SET_NO_MATCH', 24, /did you mean "database"/],
  ['components.gateway.port.number=5', 'SET_NO_MATCH', 25, /^$/],
  ['tactics.memo=off', 'SET_NO_MATCH', 9, /limit|no tactics/],
  ['workloads.brows.duration=5s', 'SET_NO_MATCH', 11, /did you mean "browse"/],
  ['components.gateway.replicas', 'SET_MALFORMED', 1, /--set components/],
  ['=4', 'SET_MALFORMED', 1, /--set components/],
  ['components..replicas=4', 'SET_MALFORMED', 1, /--set components/],
  ['components.gateway.replicas={', 'SYNTAX', 30, /^$/],
  ['components.gateway.replicas=0', 'OUT_OF_RANGE', 29, /^$/],
  ['components.api-a.wokers=3', 'UNKNOWN_SETTING', 18, /did you mean "workers"/],
  ['components.gateway.__proto__.x=3', 'BAD_NAME', 20, /^$/],
  ['components.store.tactics.__proto__={x: 1}', 'BAD_NAME', 26, /^$/],
]

for (const [set, code, column, hint] of MISSES) {
  test(`--set ${set} is refused with ${code} at column ${column}`, async () => {
    const { topology, problems } = await loadText(LAB, { set: [set] })
    const [problem] = problems.filter(one => one.where?.file === '--set #1')
    assert.equal(topology, null)
    assert.deepEqual([problem?.code, problem?.where?.line, problem?.where?.column], [`TOPOLOGY_${code}`, 1, column])
    assert.match(problem?.hint ?? '', hint)
    assert.equal(({} as Record<string, unknown>).x, undefined)
  })
}

const OPEN = `
components:
  front: { kind: caller, port: 5000, links: { audit: back }, script: [{ call: audit }, { call: back }, { call: side }] }
  back: { kind: store }
  side: { kind: store, port: 5001 }
`

async function linksOf(...set: string[]): Promise<[string, readonly string[], number, string[]][]> {
  const { topology, problems } = await loadText(OPEN, { set })
  assert.deepEqual(problems, [])
  return topology!.components.front!.links.map(one => [
    one.name,
    one.to,
    one.timeoutMs,
    one.tactics.map(tactic => tactic.address),
  ])
}

test('a link that is there because it is called is patched like one that is written', async () => {
  assert.deepEqual(await linksOf('components.front.links.back.timeout=1s'), [
    ['audit', ['back'], 10_000, []],
    ['back', ['back'], 1000, []],
    ['side', ['side'], 10_000, []],
  ])
  assert.deepEqual(await linksOf('components.front.links.audit.timeout=2s', 'components.front.links.side=back'), [
    ['audit', ['back'], 2000, []],
    ['side', ['back'], 10_000, []],
    ['back', ['back'], 10_000, []],
  ])
  const limited = await linksOf('components.*.links.*.tactics.limit={max: 5}', 'tactics.limit.max=6')
  assert.deepEqual(
    limited.map(([name, , , tactics]) => [name, tactics]),
    ['audit', 'back', 'side'].map(name => [name, [`components.front.links.${name}.tactics.limit`]]),
  )
})

test('patches that change nothing in a called link leave no link behind when the call goes', async () => {
  const misses = ['components.front.links.*.tactics.limit=off', 'components.front.links.audit.timeout=3s']
  const { topology } = await loadText(OPEN, { set: [misses[1]!, 'components.front.script.2=off'] })
  assert.deepEqual(
    topology!.components.front!.links.map(link => link.name),
    ['audit', 'back'],
  )
  assert.deepEqual(codes(await loadText(OPEN, { set: [misses[0]!] })), ['SET_NO_MATCH'])
})

test('a variant may patch a link that is there because it is called', async () => {
  const text = `${OPEN}experiments: { slow: { variants: { patient: { components.front.links.back.timeout: 20s } } } }\n`
  const { topology, problems } = await loadText(text, { variant: { experiment: 'slow', variant: 'patient' } })
  assert.deepEqual(problems, [])
  assert.equal(topology!.components.front!.links.find(link => link.name === 'back')!.timeoutMs, 20_000)
  assert.deepEqual((await loadText(text)).problems, [])
})

for (const [set, column, message, hint] of [
  ['components.front.links.sde.timeout=1s', 24, /no "sde"/, /did you mean "side"\? there are: audit, back, side/],
  [
    'components.front.links.side=off',
    24,
    /"side" is a link because components\.front calls it/,
    /change what calls it/,
  ],
  ['components.back.links.side.timeout=1s', 17, /no "links" in components\.back/, /there are: kind/],
] as const) {
  test(`--set ${set}, about links that follow from calls, says what there is`, async () => {
    const { problems } = await loadText(OPEN, { set: [set] })
    assert.deepEqual(
      [problems.length, problems[0]?.code, problems[0]?.where?.column],
      [1, 'TOPOLOGY_SET_NO_MATCH', column],
    )
    assert.match(problems[0]!.message, message)
    assert.match(problems[0]!.hint ?? '', hint)
  })
}

test('the second --set is called so', async () => {
  const result = await loadText(LAB, { set: ['components.store.port=6000', 'components.stor.port=1'] })
  assert.deepEqual(codes(result), ['SET_NO_MATCH'])
  assert.equal(result.problems[0]!.where?.file, '--set #2')
})
