import assert from 'node:assert/strict'
import { test } from 'node:test'
import { effectiveChains } from './effective.ts'
import { codes, loadText } from './fixtures/load-text.ts'

const lab = (link: string): string => `
components:
  edge: { kind: balancer, port: 8000, to: store${link} }
  store: { kind: store, replicas: 3 }
`

test('a link starts targets slowly where it says so, and shows it among what acts', async () => {
  const slow = await loadText(lab(', slow-start: 10s'))
  assert.deepEqual(slow.problems, [])
  assert.equal(slow.topology!.components.edge!.links[0]!.slowStartMs, 10_000)
  const stepsOf = (topology: NonNullable<typeof slow.topology>) => effectiveChains(topology)[0]!.links[0]!.steps
  const shown = stepsOf(slow.topology!).find(({ step }) => step === 'slow-start')
  assert.deepEqual(shown?.settings, { 'slow-start': '10s' })
  const plain = await loadText(lab(''))
  assert.equal(plain.topology!.components.edge!.links[0]!.slowStartMs, 0)
  assert.ok(!stepsOf(plain.topology!).some(({ step }) => step === 'slow-start'))
})

test('a policy that sends each key where it belongs starts nobody slowly', async () => {
  const keyed = ', policy: { consistent-hash: { key: ip } }'
  assert.deepEqual(codes(await loadText(lab(`${keyed}, slow-start: 10s`))), ['SETTINGS_CONFLICT'])
  assert.deepEqual(codes(await loadText(lab(`${keyed}, slow-start: 0ms`))), [])
})
