import assert from 'node:assert/strict'
import { test } from 'node:test'
import { codes, loadText } from '../fixtures/load-text.ts'

const LAB = `
components:
  api: { kind: service, port: 5001, replicas: 2, links: { database: { to: store, tactics: [{ memo: { store: store } }] } } }
  store: { kind: store }
workloads:
  browse: { entry: api, duration: 5s, arrivals: { poisson: 1/s }, requests: [{ request: GET /data }] }
`

const scenario = (text: string) => `${LAB}\nscenarios:\n  peak: { stimulus: browse, ${text} }\n`

test('a scenario has its six parts, events in the order of time', async () => {
  const text = `${LAB}
scenarios:
  peak:
    source: customers
    stimulus: browse
    artifact: the api
    response: it answers
    repeat: 3
    environment:
      - { at: 3s, slow: store, by: { exponential: 20ms }, for: 1s }
      - { at: 1s, kill: api/1 }
      - { at: 4s, fault: api, ratio: 50%, status: 503 }
      - { at: 4s, partition: components.api.links.database, for: 500ms }
      - { at: 4s, edit: { components.api.workers: 4 } }
      - { at: 4s, leak: api/0, every: 5ms }
      - { at: 4s, disk-full: store, for: 1s }
      - { at: 4s, drop: api/1, ratio: 20% }
      - { at: 4s, drop: components.api.links.database }
      - { at: 4s, corrupt: api, ratio: 20%, for: 1s }
    expect: [p95 of GET /data < 50ms, errors < 1% during kill]
`
  const { topology, problems } = await loadText(text)
  assert.deepEqual(problems, [])
  const { peak } = topology!.scenarios
  const { source, stimulus, artifact, response, repeat, environment, expect } = peak!
  assert.deepEqual([source, stimulus, artifact, response, repeat], ['customers', 'browse', 'the api', 'it answers', 3])
  const forever = { forMs: null }
  assert.deepEqual(environment, [
    { atMs: 1000, operation: { action: 'kill', target: 'api/1' } },
    {
      atMs: 3000,
      operation: { action: 'slow', target: 'store', by: { type: 'exponential', meanMs: 20 }, forMs: 1000 },
    },
    { atMs: 4000, operation: { action: 'fault', target: 'api', ratio: 0.5, status: 503, by: null, ...forever } },
    { atMs: 4000, operation: { action: 'partition', target: 'components.api.links.database', forMs: 500 } },
    { atMs: 4000, operation: { action: 'edit', patches: { 'components.api.workers': 4 } } },
    { atMs: 4000, operation: { action: 'leak', target: 'api/0', sizeBytes: 1024 ** 2, everyMs: 5, ...forever } },
    { atMs: 4000, operation: { action: 'disk-full', target: 'store', forMs: 1000 } },
    { atMs: 4000, operation: { action: 'drop', target: 'api/1', ratio: 0.2, ...forever } },
    { atMs: 4000, operation: { action: 'drop', target: 'components.api.links.database', ratio: 1, ...forever } },
    { atMs: 4000, operation: { action: 'corrupt', target: 'api', ratio: 0.2, forMs: 1000 } },
  ])
  assert.deepEqual(
    expect.map(({ expression }) => expression),
    ['p95 of GET /data < 50ms', 'errors < 1% during kill'],
  )
})

test('a mistake in an expectation is shown at its character, quoted or not', async () => {
  for (const [written, column] of [
    ['p95 of GET /dta < 50ms', 7],
    ['"p95 of GET /dta < 50ms"', 8],
    ["'p95 of GET /dta < 50ms'", 8],
  ] as const) {
    const { problems } = await loadText(
      `${LAB}\nscenarios:\n  peak:\n    stimulus: browse\n    expect:\n      - ${written}\n`,
    )
    assert.deepEqual(
      [problems[0]!.code, problems[0]!.where!.column, problems[0]!.width],
      ['TOPOLOGY_BAD_EXPECTATION', 9 + column, 8],
    )
  }
})

test('counters of a component and its tactics can be asked for; what a patch took away is no mistake of the file', async () => {
  const text = scenario('expect: [hits of api > 5, answers of api >= 0]')
  const counted = await loadText(text)
  assert.deepEqual(counted.problems, [])
  const { measure } = counted.topology!.scenarios.peak!.expect[0]!
  assert.ok(measure.type === 'meters')
  assert.deepEqual(measure.meters.part, [{ address: 'components.api.links.database.tactics.memo', name: 'hits' }])
  const patched = await loadText(text, { set: ['tactics.memo=off'] })
  assert.deepEqual([codes(patched), patched.topology!.scenarios], [['SCENARIO_UNFIT'], {}])
})
