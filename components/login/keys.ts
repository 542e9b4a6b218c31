import {
  createPrivateKey,
  createPublicKey,
  generateKeyPair,
  type JsonWebKey,
  type KeyObject,
  randomBytes,
} from 'node:crypto'
import { promisify } from 'node:util'

/** Signature algorithms of tokens (RFC 7518 §3.1, RFC 8037 §3.1). */
export const ALGORITHMS = ['HS256', 'RS256', 'ES256', 'EdDSA'] as const
export type Algorithm = (typeof ALGORITHMS)[number]

/** HS256 needs a key as long as its hash (RFC 7518 §3.2). */
export const SECRET_BYTES_MIN = 32
const RSA_BITS_MIN = 2048

/** What tokens are signed with, as data that can be cloned into the replicas. */
export type KeyMaterial =
  | { algorithm: 'HS256' /** base64url */; secret: string }
  | { algorithm: Exclude<Algorithm, 'HS256'> /** PKCS #8 */; privatePem: string; publicJwk: JsonWebKey }

/** Key material for `algorithm`: from the secret or the PEM text when given, else newly generated. */
export async function keyMaterial(
  algorithm: Algorithm,
  secret: string | undefined,
  pem: string | undefined,
): Promise<KeyMaterial> {
  if (algorithm === 'HS256') {
    const bytes = secret === undefined ? randomBytes(SECRET_BYTES_MIN) : Buffer.from(secret)
    return { algorithm, secret: bytes.toString('base64url') }
  }
  const key = pem === undefined ? await generate(algorithm) : readPrivateKey(algorithm, pem)
  if (typeof key === 'string') throw new Error(key)
  return {
    algorithm,
    privatePem: key.export({ type: 'pkcs8', format: 'pem' }).toString(),
    publicJwk: createPublicKey(key).export({ format: 'jwk' }),
  }
}

/** The private key in PEM text; a sentence says why it is none for this algorithm. */
export function readPrivateKey(algorithm: Exclude<Algorithm, 'HS256'>, pem: string): KeyObject | string {
  let key: KeyObject
  try {
    key = createPrivateKey(pem)
  } catch {
    return 'the file holds no private key that can be read: it must be PEM, private, and not encrypted'
  }
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = key
  if (algorithm === 'RS256') {
    if (type !== 'rsa') return wrongType(algorithm, 'an RSA key', type)
    const bits = details?.modulusLength ?? 0
    return bits < RSA_BITS_MIN ? `RS256 needs an RSA key of at least ${RSA_BITS_MIN} bits; this one has ${bits}` : key
  }
  if (algorithm === 'ES256') {
    if (type !== 'ec') return wrongType(algorithm, 'a P-256 key', type)
    const curve = details?.namedCurve
    return curve === 'prime256v1' ? key : wrongType(algorithm, 'a P-256 key', `ec on ${curve}`)
  }
  return type === 'ed25519' ? key : wrongType(algorithm, 'an Ed25519 key', type)
}

const wrongType = (algorithm: string, wanted: string, got: string | undefined): string =>
  `${algorithm} needs ${wanted}; this one is ${got ?? 'of another type'}`

const generatePair = promisify(generateKeyPair)

async function generate(algorithm: Exclude<Algorithm, 'HS256'>): Promise<KeyObject> {
  if (algorithm === 'RS256') return (await generatePair('rsa', { modulusLength: RSA_BITS_MIN })).privateKey
  if (algorithm === 'ES256') return (await generatePair('ec', { namedCurve: 'P-256' })).privateKey
  return (await generatePair('ed25519', {})).privateKey
}
