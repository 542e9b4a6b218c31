import { createPublicKey, createSecretKey, type KeyObject } from 'node:crypto'

/** Signature algorithms, as JWS names them (RFC 7518, RFC 8037). */
export const SIGNATURE_ALGORITHMS = ['HS256', 'RS256', 'ES256', 'EdDSA'] as const

export type SignatureAlgorithm = (typeof SIGNATURE_ALGORITHMS)[number]

/** A secret shorter than the hash is easier to guess than to forge (RFC 7518 §3.2). */
export const SECRET_BYTES_MIN = 32
const RSA_BITS_MIN = 2048

/** A key that verifies tokens of exactly one algorithm. */
export interface VerificationKey {
  readonly algorithm: SignatureAlgorithm
  readonly issuer: string | undefined
  /** One key, or a set from which the token's `kid` chooses. */
  readonly key: KeyObject | { readonly keys: readonly Record<string, unknown>[] }
}

/** A sentence that says what is wrong with a key, and one that says what to do. */
export interface KeyProblem {
  readonly message: string
  readonly hint: string
}

export function isKeyProblem(value: object): value is KeyProblem {
  return 'message' in value
}

/** The key for a shared secret given as text. */
export function secretKey(secret: string, issuer: string | undefined): VerificationKey {
  return { algorithm: 'HS256', issuer, key: createSecretKey(Buffer.from(secret, 'utf8')) }
}

/** The key of a PEM file. `algorithm` follows from the key where it is not given. */
export function publicKey(
  pem: string,
  algorithm: SignatureAlgorithm | undefined,
  issuer: string | undefined,
): VerificationKey | KeyProblem {
  let key: KeyObject
  try {
    key = createPublicKey(pem)
  } catch {
    return { message: 'the file holds no public key', hint: 'it must be a public key or certificate in PEM form' }
  }
  const fitting = algorithmOf(key)
  if (fitting === undefined) {
    return {
      message: `a key of type ${key.asymmetricKeyType} cannot verify tokens here`,
      hint: `use RSA of at least ${RSA_BITS_MIN} bits, EC P-256 or Ed25519`,
    }
  }
  if (algorithm !== undefined && algorithm !== fitting) {
    return { message: `the key is for ${fitting}, not ${algorithm}`, hint: `write algorithm: ${fitting}` }
  }
  return { algorithm: fitting, issuer, key }
}

function algorithmOf(key: KeyObject): SignatureAlgorithm | undefined {
  const { modulusLength = 0, namedCurve } = key.asymmetricKeyDetails ?? {}
  if (key.asymmetricKeyType === 'rsa' && modulusLength >= RSA_BITS_MIN) return 'RS256'
  if (key.asymmetricKeyType === 'ec' && namedCurve === 'prime256v1') return 'ES256'
  return key.asymmetricKeyType === 'ed25519' ? 'EdDSA' : undefined
}

/** The key that a login component publishes: `{ algorithm, issuer, secret }` (base64url) or `{ algorithm, issuer, jwks }`. */
export function publishedKey(published: unknown, issuer: string | undefined): VerificationKey | undefined {
  if (typeof published !== 'object' || published === null) return undefined
  const { algorithm, issuer: theirs, secret, jwks } = published as Record<string, unknown>
  const known = SIGNATURE_ALGORITHMS.find(name => name === algorithm)
  if (known === undefined) return undefined
  const from = issuer ?? (typeof theirs === 'string' ? theirs : undefined)
  if (known === 'HS256') {
    const bytes = typeof secret === 'string' ? Buffer.from(secret, 'base64url') : Buffer.alloc(0)
    return bytes.length < SECRET_BYTES_MIN ? undefined : { algorithm: known, issuer: from, key: createSecretKey(bytes) }
  }
  const keys = (jwks as { keys?: unknown } | undefined)?.keys
  return Array.isArray(keys) && keys.length > 0 ? { algorithm: known, issuer: from, key: { keys } } : undefined
}
