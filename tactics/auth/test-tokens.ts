// Tokens for the tests, made with node:crypto alone, so that what verifies them is checked against something else.
import { createHmac, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'

export const SECRET = 'a-secret-of-more-than-32-bytes-for-tests'

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')

/** A token signed with HS256. */
export function hs256(claims: object, secret = SECRET, header: object = { alg: 'HS256', typ: 'JWT' }): string {
  const input = `${encode(header)}.${encode(claims)}`
  return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`
}

/** A token with `alg: none` and an empty signature. */
export function unsigned(claims: object): string {
  return `${encode({ alg: 'none' })}.${encode(claims)}.`
}

/** A token signed with a private key; `alg` as the header shall say. */
export function signed(alg: string, key: KeyObject, claims: object): string {
  const input = `${encode({ alg })}.${encode(claims)}`
  const hash = alg === 'EdDSA' ? null : 'sha256'
  return `${input}.${sign(hash, Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`
}

const pair = ({ publicKey, privateKey }: { publicKey: KeyObject; privateKey: KeyObject }) => ({
  pem: publicKey.export({ type: 'spki', format: 'pem' }) as string,
  key: privateKey,
})

export const KEYS = {
  RS256: pair(generateKeyPairSync('rsa', { modulusLength: 2048 })),
  ES256: pair(generateKeyPairSync('ec', { namedCurve: 'P-256' })),
  EdDSA: pair(generateKeyPairSync('ed25519')),
}
/** Keys that no algorithm here takes. */
export const UNFIT = {
  shortRsa: pair(generateKeyPairSync('rsa', { modulusLength: 1024 })),
  p384: pair(generateKeyPairSync('ec', { namedCurve: 'P-384' })),
}
