import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { test } from 'node:test'
import login from './login.ts'
import { DEFAULT_COST, decoy, hashPassword, type PasswordHash, parsePasswordHash, passwordFits } from './password.ts'

const parsed = (text: string): PasswordHash => {
  const hash = parsePasswordHash(text)
  assert.ok(typeof hash !== 'string', String(hash))
  return hash
}
const cheap = { N: 1024, r: 8, p: 1 }

test('a hash fits its own password and no other', async () => {
  const hash = parsed(await hashPassword('pässword $1', cheap))
  assert.deepEqual(hash.cost, cheap)
  assert.equal(await passwordFits('pässword $1', hash), true)
  for (const wrong of ['', 'pässword $1 ', 'PÄSSWORD $1', 'p']) assert.equal(await passwordFits(wrong, hash), false)
})

test('two hashes of one password differ', async () => {
  assert.notEqual(await hashPassword('a', cheap), await hashPassword('a', cheap))
})

test('no password fits a decoy', async () => {
  assert.equal(await passwordFits('', decoy(cheap)), false)
})

test('text that is no usable hash is explained', () => {
  const tail = `${'A'.repeat(22)}$${'B'.repeat(43)}`
  const broken = [
    '',
    'password123',
    `bcrypt$1024$8$1$${tail}`,
    `scrypt$1000$8$1$${tail}`,
    `scrypt$2$8$1$${tail}`,
    `scrypt$1024$0$1$${tail}`,
    `scrypt$1024$8$99$${tail}`,
    `scrypt$67108864$8$1$${tail}`,
    `scrypt$1024$8$1$AA$${'B'.repeat(43)}`,
    `scrypt$1024$8$1$${'A'.repeat(22)}$BB`,
    `scrypt$1024$8$1$${tail}$x`,
  ]
  for (const text of broken) assert.equal(typeof parsePasswordHash(text), 'string', text)
  assert.equal(typeof parsePasswordHash(`scrypt$1024$8$1$${tail}`), 'object')
})

test('the command that explain shows makes a hash that fits', async () => {
  const script = /node -e '([^']+)' PASSWORD/.exec(login.about ?? '')?.[1]
  assert.ok(script)
  const hash = parsed(execFileSync(process.execPath, ['-e', script, 'my password'], { encoding: 'utf8' }).trim())
  assert.deepEqual(hash.cost, DEFAULT_COST)
  assert.equal(await passwordFits('my password', hash), true)
})
