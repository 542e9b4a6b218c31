import assert from 'node:assert/strict'
import { test } from 'node:test'
import { codes, loadText } from './fixtures/load-text.ts'
import type { LoadOptions } from './load.ts'

const lab = (store: string): string => `
transport: http
components:
  api:
    kind: store
    port: 5001
    tactics:
      - memo:
          store: ${store}
  one: { kind: store }
  two: { kind: store }
`

/** The link behind the setting, of a topology without a problem. */
async function linkOf(store: string, options: Partial<LoadOptions> = {}) {
  const { topology, problems } = await loadText(lab(store), options)
  assert.deepEqual(
    problems.filter(one => one.severity === 'error'),
    [],
  )
  const { settings, links } = topology!.components.api!.tactics[0]!
  assert.equal(links.length, 1)
  return { settings, link: links[0]! }
}

test('a link in a setting is short: a component, or a list of them, with the defaults of any link', async () => {
  for (const [store, to] of [
    ['one', ['one']],
    ['[one, two]', ['one', 'two']],
  ] as const) {
    const { link } = await linkOf(store)
    assert.deepEqual([link.name, link.address], ['store', 'components.api.tactics.memo.store'])
    assert.deepEqual([link.to, link.policy.name, link.timeoutMs, link.transport], [to, 'round-robin', 10_000, 'http'])
  }
})

test('or long: with targets, policy, timeout and the rest of a link, and the topology says it as it was written', async () => {
  const { link, settings } = await linkOf('{ to: [one, two], policy: random, timeout: 250ms, transport: channel }')
  assert.deepEqual(
    [link.to, link.policy.name, link.timeoutMs, link.transport],
    [['one', 'two'], 'random', 250, 'channel'],
  )
  assert.equal(link.address, 'components.api.tactics.memo.store')
  assert.deepEqual(settings.store, { to: ['one', 'two'], policy: 'random', timeout: '250ms', transport: 'channel' })
})

test('a patch changes one thing of it', async () => {
  const set = ['components.api.tactics.memo.store.policy={ consistent-hash: { key: path-and-query } }']
  const { link } = await linkOf('{ to: [one, two], policy: random }', { set })
  assert.equal(link.policy.name, 'consistent-hash')
  assert.equal(link.policy.settings.key, 'path-and-query')
})

test('its targets are dependencies: a circle through it is told', async () => {
  const text = `
components:
  one: { kind: store, port: 5001, tactics: [{ memo: { store: { to: [two] } } }] }
  two: { kind: store, tactics: [{ memo: { store: one } }] }
`
  assert.deepEqual(codes(await loadText(text)), ['LINK_CYCLE'])
})

test('what comes from a variable is secret in it as elsewhere', async () => {
  const { settings } = await linkOf(`{ to: "\${STORE}" }`, { env: { STORE: 'two' } })
  assert.deepEqual(settings.store, { to: 'two' })
  const { topology } = await loadText(lab(`{ to: "\${STORE}" }`), { env: { STORE: 'two' } })
  assert.deepEqual(topology!.secrets, ['/components/api/tactics/0/settings/store/to'])
})

test('what the module decides itself, or the components behind the link, is refused with a word about where it belongs', async () => {
  const { problems } = await loadText(lab('{ to: one, path: /x, tactics: [memo] }'))
  const told = problems.filter(one => one.severity === 'error')
  assert.deepEqual(
    told.map(one => one.code),
    ['TOPOLOGY_UNKNOWN_KEY', 'TOPOLOGY_UNKNOWN_KEY'],
  )
  assert.match(told[0]!.hint!, /chosen by the module/)
  assert.match(told[1]!.hint!, /before the components/)
})
