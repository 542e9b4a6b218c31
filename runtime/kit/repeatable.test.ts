import assert from 'node:assert/strict'
import { test } from 'node:test'
import { headers } from './headers.ts'
import { Request } from './message.ts'
import { repeatable } from './repeatable.ts'

test('idempotent methods may be repeated, others only with an Idempotency-Key', () => {
  for (const method of ['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE']) {
    assert.equal(repeatable(new Request({ method, path: '/' })), true, method)
  }
  const keyed = headers({ 'idempotency-key': '"8e03978e"' })
  for (const method of ['POST', 'PATCH', 'CONNECT', 'PURGE', 'get']) {
    assert.equal(repeatable(new Request({ method, path: '/' })), false, method)
    assert.equal(repeatable(new Request({ method, path: '/', headers: keyed })), true, method)
  }
})
