import assert from 'node:assert/strict'
import { createPublicKey } from 'node:crypto'
import { test } from 'node:test'
import { Cancellation, Request } from '@archlab/runtime/kit'
import { FakeClock } from '@archlab/runtime/testing'
import fc from 'fast-check'
import {
  isKeyProblem,
  publicKey,
  publishedKey,
  type SignatureAlgorithm,
  secretKey,
  type VerificationKey,
} from './keys.ts'
import { localVerify } from './local.ts'
import { hs256, KEYS, SECRET, signed, UNFIT, unsigned } from './test-tokens.ts'

const clock = new FakeClock()
const NOW = Math.floor(clock.wallMs() / 1000)
const request = new Request({ method: 'GET', path: '/' })
const verdict = async (key: VerificationKey, token: string, toleranceMs = 0) =>
  (await localVerify(key, toleranceMs, clock)(token, request, new Cancellation())).kind
const pemKey = (pem: string, algorithm?: SignatureAlgorithm): VerificationKey => {
  const key = publicKey(pem, algorithm, undefined)
  if (isKeyProblem(key)) throw new Error(key.message)
  return key
}
const hs = secretKey(SECRET, undefined)
const claims = { sub: 'user1', exp: NOW + 60 }

test('a token of the key and algorithm is valid until its exp', async () => {
  const verify = localVerify(hs, 0, clock)
  assert.deepEqual(await verify(hs256(claims), request, new Cancellation()), {
    kind: 'valid',
    expiresAtSeconds: NOW + 60,
  })
})

test('each asymmetric algorithm takes its own tokens and no others', async () => {
  const algorithms = Object.keys(KEYS) as (keyof typeof KEYS)[]
  for (const own of algorithms) {
    for (const other of algorithms) {
      const token = signed(other, KEYS[other].key, claims)
      assert.equal(await verdict(pemKey(KEYS[own].pem), token), own === other ? 'valid' : 'invalid', `${own} ${other}`)
    }
  }
})

test('alg none is refused, in every spelling', async () => {
  assert.equal(await verdict(hs, unsigned(claims)), 'invalid')
  for (const alg of ['none', 'None', 'NONE', '', null]) {
    assert.equal(await verdict(hs, hs256(claims, SECRET, { alg })), 'invalid')
  }
})

test('a public key used as HS256 secret forges nothing', async () => {
  const key = pemKey(KEYS.RS256.pem)
  assert.equal(await verdict(key, hs256(claims, KEYS.RS256.pem)), 'invalid')
})

test('a token signed with another key or claiming another algorithm is refused', async () => {
  assert.equal(await verdict(hs, hs256(claims, 'another-secret-of-more-than-32-bytes!')), 'invalid')
  assert.equal(await verdict(hs, hs256(claims, SECRET, { alg: 'HS512' })), 'invalid')
})

test('an expired token is refused from its exp on, and within the tolerance not yet', async () => {
  assert.equal(await verdict(hs, hs256({ exp: NOW })), 'invalid')
  assert.equal(await verdict(hs, hs256({ exp: NOW + 1 })), 'valid')
  assert.equal(await verdict(hs, hs256({ exp: NOW - 5 }), 10_000), 'valid')
  assert.equal(await verdict(hs, hs256({ exp: NOW - 10 }), 10_000), 'invalid')
  assert.equal(await verdict(hs, hs256({ exp: 'tomorrow' })), 'invalid')
})

test('a token that never expires is refused, as the login component refuses it', async () => {
  assert.equal(await verdict(hs, hs256({ sub: 'user1', exp: undefined })), 'invalid')
})

test('a token that is not yet valid is refused', async () => {
  assert.equal(await verdict(hs, hs256({ ...claims, nbf: NOW + 5 })), 'invalid')
  assert.equal(await verdict(hs, hs256({ ...claims, nbf: NOW + 5 }), 5000), 'valid')
})

test('with an issuer only its tokens are valid', async () => {
  const key = secretKey(SECRET, 'archlab')
  assert.equal(await verdict(key, hs256({ ...claims, iss: 'archlab' })), 'valid')
  assert.equal(await verdict(key, hs256({ ...claims, iss: 'else' })), 'invalid')
  assert.equal(await verdict(key, hs256(claims)), 'invalid')
})

test('no single changed character leaves a token valid', async () => {
  const token = hs256(claims)
  const verify = localVerify(hs, 0, clock)
  await fc.assert(
    fc.asyncProperty(fc.nat(token.length - 1), fc.constantFrom(...'AZaz09-_.'), async (at, character) => {
      // The last character carries four bits of a 32-byte signature; the two others are padding.
      fc.pre(token[at] !== character && at < token.length - 1)
      const forged = token.slice(0, at) + character + token.slice(at + 1)
      assert.equal((await verify(forged, request, new Cancellation())).kind, 'invalid')
    }),
  )
})

test('garbage is refused and never thrown', async () => {
  const verify = localVerify(hs, 0, clock)
  for (const odd of [
    '',
    '.',
    '..',
    '...',
    'a.b.c.d.e',
    'e30.e30.',
    `${'x'.repeat(8000)}.a.b`,
    '%%%.%%%.%%%',
    'bnVsbA.bnVsbA.x',
  ]) {
    assert.equal((await verify(odd, request, new Cancellation())).kind, 'invalid', odd.slice(0, 20))
  }
  await fc.assert(
    fc.asyncProperty(fc.string(), async odd => {
      assert.equal((await verify(odd, request, new Cancellation())).kind, 'invalid')
    }),
  )
})

test('the keys that a login component publishes verify its tokens', async () => {
  const secret = Buffer.from(SECRET).toString('base64url')
  const shared = publishedKey({ algorithm: 'HS256', issuer: 'archlab', secret }, undefined)!
  assert.equal(await verdict(shared, hs256({ ...claims, iss: 'archlab' })), 'valid')
  assert.equal(await verdict(shared, hs256(claims)), 'invalid')
  for (const algorithm of ['RS256', 'ES256', 'EdDSA'] as const) {
    const jwk = { ...createPublicKey(KEYS[algorithm].pem).export({ format: 'jwk' }), alg: algorithm }
    const key = publishedKey({ algorithm, issuer: undefined, jwks: { keys: [jwk] } }, undefined)!
    assert.equal(await verdict(key, signed(algorithm, KEYS[algorithm].key, claims)), 'valid')
    assert.equal(await verdict(key, hs256(claims)), 'invalid')
  }
})

test('what is no set of keys is not taken for one', () => {
  const odd = [
    undefined,
    null,
    'HS256',
    {},
    { algorithm: 'none' },
    { algorithm: 'HS256' },
    { algorithm: 'HS256', secret: 'c2hvcnQ' },
    { algorithm: 'RS256', secret: Buffer.from(SECRET).toString('base64url') },
    { algorithm: 'RS256', jwks: { keys: [] } },
  ]
  for (const published of odd) assert.equal(publishedKey(published, undefined), undefined)
})

test('a key file that is no key, or unfit for the algorithm, is named as such', () => {
  assert.ok(isKeyProblem(publicKey('nonsense', undefined, undefined)))
  assert.ok(isKeyProblem(publicKey(UNFIT.shortRsa.pem, undefined, undefined)))
  assert.ok(isKeyProblem(publicKey(UNFIT.p384.pem, undefined, undefined)))
  const mismatch = publicKey(KEYS.ES256.pem, 'RS256', undefined)
  assert.ok(isKeyProblem(mismatch) && mismatch.hint.includes('ES256'))
})
