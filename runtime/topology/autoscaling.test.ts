import assert from 'node:assert/strict'
import { test } from 'node:test'
import { loadText } from './fixtures/load-text.ts'

const text = (replicas: string): string =>
  `components: { a: { kind: service, port: 5001, replicas: ${replicas}, links: { database: b } }, b: { kind: store } }`

test('autoscaling begins with its fewest replicas unless it says otherwise, and has defaults', async () => {
  const { topology } = await loadText(text('{ min: 2, max: 8, target: { utilisation: 70% } }'))
  const { replicas, autoscaling } = topology!.components.a!
  assert.equal(replicas, 2)
  assert.deepEqual(autoscaling, {
    min: 2,
    max: 8,
    initial: 2,
    targetRatio: 0.7,
    toleranceRatio: 0.1,
    stabilisationMs: 30_000,
    intervalMs: 5000,
  })
  const other = await loadText(text('{ max: 8, initial: 4, target: { utilisation: 70% } }'))
  assert.deepEqual([other.topology!.components.a!.replicas, other.topology!.components.a!.autoscaling!.min], [4, 1])
})

test('a plain number is no autoscaling', async () => {
  const { topology } = await loadText(text('3'))
  assert.deepEqual([topology!.components.a!.replicas, topology!.components.a!.autoscaling], [3, null])
  assert.deepEqual([topology!.components.b!.replicas, topology!.components.b!.autoscaling], [1, null])
})

test('a kind that another number of replicas restarts cannot be autoscaled', async () => {
  const rigid = `data:text/javascript,${encodeURIComponent(
    `export default { kind: 'rigid', summary: 'x', settings: {}, fixed: ['replicas'], example: '', create() {} }`,
  )}`
  const source = 'components: { a: { kind: rigid, port: 5001, replicas: { max: 2, target: { utilisation: 50% } } } }'
  const catalogs = { components: { rigid }, tactics: {} }
  const { problems } = await loadText(source, { catalogs })
  assert.deepEqual(
    problems.map(({ code, where }) => [code, where?.path]),
    [['TOPOLOGY_SETTING_REFUSED', 'components.a.replicas']],
  )
})
