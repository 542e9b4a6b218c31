import assert from 'node:assert/strict'
import { test } from 'node:test'
import { explainJson, explainText } from './explain.ts'
import { catalogs } from './fixtures/modules/catalogs.ts'

const { broken, ...sound } = catalogs.components
const catalogue = { ...catalogs, components: sound }

test('without a name the catalogue lists kinds, tactics, policies, transports and topics', async () => {
  const { result, problems } = await explainText(catalogue, undefined)
  assert.deepEqual(problems, [])
  for (const word of [
    'balancer  Spreads requests.',
    'limit  ',
    'power-of-two-choices',
    'channel',
    'component',
    'archlab explain NAME',
  ]) {
    assert.ok(result!.includes(word), word)
  }
})

test('a kind is explained with settings, units, defaults, counters, gauges, links and an example', async () => {
  const { result } = await explainText(catalogue, 'service')
  for (const words of [
    'service  (a kind of component)',
    'It has a setting of every type.',
    'ttl  duration, e.g. 250ms  (default 30s)',
    'How long an answer lives.',
    'workers  whole number, 1 to 64 threads  (default 2)',
    'order  fifo | lifo  (default fifo)',
    'steps  list of: duration',
    'size  whole number, 1 to 100  (required)',
    'answers  Replies made.',
    'busy  Workers at work.',
    'database  Where the data is.',
    'api: { kind: service, port: 5001, links: { database: store } }',
    'archlab explain component',
  ]) {
    assert.ok(result!.includes(words), words)
  }
})

test('a kind with open links says that any names will do', async () => {
  const { result } = await explainText(catalogue, 'caller')
  assert.match(result!, /Links\n {4}any {2}Any names\. What its settings call without an entry here is a component/)
})

test('a tactic is explained with the textbook tactic that it realises, and its scopes', async () => {
  const { result } = await explainText(catalogue, 'limit')
  assert.match(result!, /Realises\n {4}manage work requests/)
  assert.match(result!, /max {2}whole number, 1 to 1000000 requests {2}\(required\)/)
  assert.match(result!, /Scopes\n {4}replica, component/)
})

test('the settings that the runtime adds are explained from the table that checks them', async () => {
  const { result } = await explainJson(catalogue, 'component')
  assert.deepEqual(Object.keys(result![0]!.settings!).slice(0, 4), ['kind', 'port', 'ports', 'host'])
  const { result: link } = await explainText(catalogue, 'link')
  assert.match(link!, /timeout {2}duration, 1ms to 24h, e\.g\. 250ms {2}\(default 10s\)/)
})

test('a default that is secret is not printed', async () => {
  const { result } = await explainText(catalogue, 'vault')
  assert.match(result!, /users/)
  assert.doesNotMatch(result!, /scrypt/)
})

test('a name that both a kind and a tactic have shows both', async () => {
  const both = { components: { ...sound, limit: sound.store! }, tactics: catalogs.tactics }
  const { result } = await explainJson(both, 'limit')
  assert.deepEqual(
    result!.map(page => page.type),
    ['kind', 'tactic'],
  )
})

test('an unknown name is a problem with a suggestion', async () => {
  for (const name of ['servce', 'constructor', '']) {
    const { result, problems } = await explainText(catalogue, name)
    assert.equal(result, null)
    assert.deepEqual(
      problems.map(problem => problem.code),
      ['TOPOLOGY_UNKNOWN_TOPIC'],
    )
  }
  const { problems } = await explainText(catalogue, 'servce')
  assert.match(problems[0]!.hint!, /did you mean "service"/)
})

test('a module that cannot be imported is a problem, and the rest of the catalogue is there', async () => {
  assert.ok(broken)
  const { result, problems } = await explainText(catalogs, undefined)
  assert.match(result!, /balancer/)
  assert.deepEqual(
    problems.map(problem => problem.code),
    ['TOPOLOGY_MODULE_UNUSABLE'],
  )
})
