import type { CheckContext, SettingProblem } from '@archlab/runtime/kit'
import { type Algorithm, readPrivateKey, SECRET_BYTES_MIN } from './keys.ts'
import { parsePasswordHash } from './password.ts'

export interface LoginSettings {
  users: readonly { name: string; hash: string }[]
  algorithm: Algorithm
  secret: string | undefined
  keyFile: string | undefined
  tokenTtlMs: number
}

/** Mistakes in a login's settings that their schema cannot express. No secret gets into a message. */
export function checkSettings(settings: LoginSettings, context: CheckContext): SettingProblem[] {
  const { tokenTtlMs } = settings
  return [
    ...checkUsers(settings.users),
    ...checkKey(settings, context),
    ...(tokenTtlMs < 1000 ? [{ path: ['token-ttl'], message: 'tokens must live for at least 1s' }] : []),
  ]
}

function checkUsers(users: LoginSettings['users']): SettingProblem[] {
  const problems: SettingProblem[] = []
  if (users.length === 0) problems.push({ path: ['users'], message: 'without users nobody could log in' })
  const names = new Set<string>()
  let firstCost: string | undefined
  for (const [at, { name, hash }] of users.entries()) {
    if (name === '') problems.push({ path: ['users', at, 'name'], message: 'a user needs a name' })
    if (names.has(name)) problems.push({ path: ['users', at, 'name'], message: `the user "${name}" is there twice` })
    names.add(name)
    const parsed = parsePasswordHash(hash)
    if (typeof parsed === 'string') {
      problems.push({
        path: ['users', at, 'hash'],
        message: parsed,
        hint: '`archlab explain login` shows how to make one',
      })
      continue
    }
    const cost = JSON.stringify(parsed.cost)
    firstCost ??= cost
    if (cost !== firstCost) {
      problems.push({
        path: ['users', at, 'hash'],
        message: 'all password hashes must have the same N, r and p: the time of a refusal would tell who exists',
      })
    }
  }
  return problems
}

function checkKey({ algorithm, secret, keyFile }: LoginSettings, context: CheckContext): SettingProblem[] {
  const problems: SettingProblem[] = []
  if (algorithm === 'HS256') {
    if (keyFile !== undefined) {
      problems.push({
        path: ['key-file'],
        message: 'HS256 signs with a shared secret, not with a key file',
        hint: 'set algorithm to RS256, ES256 or EdDSA, or use secret',
      })
    }
    if (secret !== undefined && Buffer.byteLength(secret) < SECRET_BYTES_MIN) {
      problems.push({
        path: ['secret'],
        message: `the secret must have at least ${SECRET_BYTES_MIN} bytes; this one has ${Buffer.byteLength(secret)}`,
        hint: 'make one with `openssl rand -base64 48`, or leave it out: then one is generated at every start',
      })
    }
    return problems
  }
  if (secret !== undefined) {
    problems.push({
      path: ['secret'],
      message: `${algorithm} signs with a private key, not with a secret`,
      hint: 'use key-file',
    })
  }
  if (keyFile !== undefined) {
    const message = checkKeyFile(algorithm, keyFile, context)
    if (message !== undefined) problems.push({ path: ['key-file'], message, hint: KEY_HINTS[algorithm] })
  }
  return problems
}

function checkKeyFile(
  algorithm: Exclude<Algorithm, 'HS256'>,
  keyFile: string,
  context: CheckContext,
): string | undefined {
  let pem: string
  try {
    pem = context.readText(keyFile)
  } catch (error) {
    const { code } = error as { code?: unknown }
    return `the key file ${keyFile} cannot be read${typeof code === 'string' ? ` (${code})` : ''}`
  }
  const key = readPrivateKey(algorithm, pem)
  return typeof key === 'string' ? key : undefined
}

const KEY_HINTS = {
  RS256: 'make one with `openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out key.pem`',
  ES256: 'make one with `openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out key.pem`',
  EdDSA: 'make one with `openssl genpkey -algorithm ed25519 -out key.pem`',
} as const
