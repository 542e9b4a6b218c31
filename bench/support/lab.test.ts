import assert from 'node:assert/strict'
import { test } from 'node:test'
import { freePort, readyEvent } from './lab.ts'

test('only the ready event is taken for it, whatever else a lab prints', () => {
  assert.deepEqual(readyEvent('{"event":"ready","ms":812}'), { event: 'ready', ms: 812 })
  const others = ['', 'ready', '{"event":"starting"}', '{broken', '[1]', 'null']
  assert.deepEqual(
    others.map(readyEvent).filter(event => event !== undefined),
    [],
  )
})

test('a free port can be listened on', async () => {
  const port = await freePort()
  assert.ok(port > 1023 && port < 65536)
})
