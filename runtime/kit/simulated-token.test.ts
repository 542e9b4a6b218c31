import assert from 'node:assert/strict'
import { test } from 'node:test'
import { issueSimulatedToken, readSimulatedToken } from './simulated-token.ts'

test('a token of simulated time says what it was issued with, and has the form of a JWT', () => {
  const claims = { issuer: 'archlab', subject: 'user1', expiresAtSeconds: 1_800_000_000 }
  const token = issueSimulatedToken(claims)
  assert.match(token, /^[\w-]+\.[\w-]+\.[\w-]+$/)
  assert.deepEqual(readSimulatedToken(token), claims)
})

test('no other token is taken for one', () => {
  const token = issueSimulatedToken({ issuer: 'a', subject: 'b', expiresAtSeconds: 1 })
  const [header, payload, signature] = token.split('.') as [string, string, string]
  for (const other of ['', 'x', `${token}x`, `${token}.x`, `x.${payload}.${signature}`, `${header}.e30.${signature}`]) {
    assert.equal(readSimulatedToken(other), undefined, other)
  }
})
