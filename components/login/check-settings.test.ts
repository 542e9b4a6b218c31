import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { test } from 'node:test'
import { decodeSettings } from '@archlab/runtime/kit'
import login from './login.ts'

const pem = (key: { export(options: { type: 'pkcs8'; format: 'pem' }): string | Buffer }): string =>
  key.export({ type: 'pkcs8', format: 'pem' }).toString()

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
const files: Record<string, string> = {
  rsa: pem(rsa.privateKey),
  'rsa-old-form': rsa.privateKey.export({ type: 'pkcs1', format: 'pem' }).toString(),
  'rsa-1024': pem(generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey),
  'rsa-pss': pem(generateKeyPairSync('rsa-pss', { modulusLength: 2048 }).privateKey),
  'rsa-public': rsa.publicKey.export({ type: 'spki', format: 'pem' }).toString(),
  'rsa-encrypted': rsa.privateKey
    .export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'x' })
    .toString(),
  p256: pem(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey),
  p384: pem(generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey),
  ed25519: pem(generateKeyPairSync('ed25519').privateKey),
  garbage: 'not a key',
  empty: '',
}

function check(raw: Record<string, unknown>) {
  return login.check!(decodeSettings(login.settings, raw), {
    readText: path => {
      const text = files[path]
      if (text === undefined) throw Object.assign(new Error('no such file'), { code: 'ENOENT' })
      return text
    },
  })
}
const paths = (raw: Record<string, unknown>): string[] => check(raw).map(({ path }) => path.join('.'))

test('the defaults have no problem', () => {
  assert.deepEqual(check({}), [])
})

test('each algorithm takes a key file of its own type only', () => {
  const fitting: Record<string, string[]> = { RS256: ['rsa', 'rsa-old-form'], ES256: ['p256'], EdDSA: ['ed25519'] }
  for (const [algorithm, good] of Object.entries(fitting)) {
    for (const file of [...Object.keys(files), 'missing']) {
      const expected = good.includes(file) ? [] : ['key-file']
      assert.deepEqual(paths({ algorithm, 'key-file': file }), expected, `${algorithm} with ${file}`)
    }
  }
})

test('a missing key file is named with the cause, a short RSA key with its length', () => {
  assert.match(check({ algorithm: 'RS256', 'key-file': 'missing' })[0]!.message, /missing.*ENOENT/)
  assert.match(check({ algorithm: 'RS256', 'key-file': 'rsa-1024' })[0]!.message, /1024/)
})

test('a key file with HS256 and a secret with another algorithm are mistakes', () => {
  assert.deepEqual(paths({ 'key-file': 'rsa' }), ['key-file'])
  assert.deepEqual(paths({ algorithm: 'ES256', secret: 'x'.repeat(40) }), ['secret'])
})

test('a secret of HS256 needs 32 bytes, counted as bytes, and is never shown', () => {
  assert.deepEqual(paths({ secret: 'x'.repeat(32) }), [])
  assert.deepEqual(paths({ secret: 'ü'.repeat(16) }), [])
  const [problem] = check({ secret: 'hunter2' })
  assert.deepEqual(problem?.path, ['secret'])
  assert.doesNotMatch(JSON.stringify(problem), /hunter2/)
})

test('users must be there, named once, and have readable hashes of one cost', () => {
  const hash = (N: number): string => `scrypt$${N}$8$1$${'A'.repeat(22)}$${'B'.repeat(43)}`
  assert.deepEqual(paths({ users: [] }), ['users'])
  assert.deepEqual(paths({ users: [{ name: '', hash: hash(1024) }] }), ['users.0.name'])
  assert.deepEqual(
    paths({
      users: [
        { name: 'a', hash: hash(1024) },
        { name: 'a', hash: 'hunter2' },
        { name: 'b', hash: hash(2048) },
      ],
    }),
    ['users.1.name', 'users.1.hash', 'users.2.hash'],
  )
  assert.doesNotMatch(JSON.stringify(check({ users: [{ name: 'a', hash: 'hunter2' }] })), /hunter2/)
})

test('tokens that live for less than a second are a mistake', () => {
  assert.deepEqual(paths({ 'token-ttl': '999ms' }), ['token-ttl'])
  assert.deepEqual(paths({ 'token-ttl': '1s' }), [])
})
