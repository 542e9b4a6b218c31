import assert from 'node:assert/strict'
import { test } from 'node:test'
import { noOwnPostgres } from './support/own-postgres.ts'
import { isSound, soakRecords } from './support/record-soak.ts'

/* Under load, PostgreSQL itself is killed: what was answered 2xx is there. `npm run soak:records` does it for longer. */

test('postgres: every change that was made is there, and no other, whenever the server is killed', {
  skip: noOwnPostgres,
}, async t => {
  const result = await soakRecords(t, 2)
  t.diagnostic(JSON.stringify(result))
  assert.ok(isSound(result), JSON.stringify(result))
  assert.ok(result.conflicts > 0, 'clients have been in the way of each other')
  assert.ok(result.refused + result.unknown > 0, 'the server has been away')
})
