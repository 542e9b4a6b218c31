import assert from 'node:assert/strict'
import { test } from 'node:test'
import { loadText } from './fixtures/load-text.ts'

const text = (transport: string, isolation = 'process'): string => `
components:
  front: { kind: balancer, port: 5000, to: back, transport: ${transport} }
  back: { kind: store, isolation: ${isolation} }
`

test('a component is in the common process unless it says otherwise', async () => {
  const { topology, problems } = await loadText(text('auto'))
  assert.deepEqual(problems, [])
  assert.deepEqual(
    Object.values(topology!.components).map(({ isolation }) => isolation),
    ['thread', 'process'],
  )
})

test('a channel between two processes is a problem at the link, and one within a process is none', async () => {
  const { problems } = await loadText(text('channel'))
  assert.deepEqual(
    problems.map(({ code, where }) => [code, where?.path]),
    [['TOPOLOGY_SETTINGS_CONFLICT', 'components.front.to']],
  )
  assert.deepEqual((await loadText(text('channel', 'thread'))).problems, [])
  assert.deepEqual((await loadText(text('http'))).problems, [])
})
