import { randomUUID } from 'node:crypto'
import {
  type CryptoKey,
  calculateJwkThumbprint,
  errors,
  importJWK,
  importPKCS8,
  type JWK,
  jwtVerify,
  SignJWT,
} from 'jose'
import type { KeyMaterial } from './keys.ts'

/** Longest token that is looked at; those of this lab have about 300 characters. */
const TOKEN_CHARACTERS_MAX = 8192

export interface TokenOptions {
  issuer: string
  ttlMs: number
  /** Milliseconds since 1970. */
  wallMs(): number
}

/** Issues and checks tokens (JWT, RFC 7519). */
export interface Tokens {
  issue(subject: string): Promise<string>
  /** Expiry in seconds since 1970 of a token that is genuine and in its time; else `undefined`. */
  expiryOf(token: string): number | undefined | Promise<number | undefined>
}

/** The public keys as a JWK set (RFC 7517 §5); empty for a shared secret. */
export async function keySetOf(material: KeyMaterial): Promise<{ keys: JWK[] }> {
  if (material.algorithm === 'HS256') return { keys: [] }
  const jwk = material.publicJwk as JWK
  return { keys: [{ ...jwk, kid: await calculateJwkThumbprint(jwk), alg: material.algorithm, use: 'sig' }] }
}

/** Tokens under one key. Only the key's own algorithm is ever accepted, whatever a token's header says. */
export async function createTokens(material: KeyMaterial, options: TokenOptions): Promise<Tokens> {
  const { algorithm } = material
  const { issuer, ttlMs, wallMs } = options
  const { signing, verifying } = await importKeys(material)
  const [jwk] = (await keySetOf(material)).keys
  const header = { alg: algorithm, typ: 'JWT', ...(jwk?.kid === undefined ? {} : { kid: jwk.kid }) }

  return {
    issue(subject) {
      const nowMs = wallMs()
      return new SignJWT()
        .setProtectedHeader(header)
        .setIssuer(issuer)
        .setSubject(subject)
        .setJti(randomUUID())
        .setIssuedAt(Math.floor(nowMs / 1000))
        .setExpirationTime(Math.floor((nowMs + ttlMs) / 1000))
        .sign(signing)
    },
    async expiryOf(token) {
      if (token.length > TOKEN_CHARACTERS_MAX) return undefined
      try {
        const { payload } = await jwtVerify(token, verifying, {
          algorithms: [algorithm],
          issuer,
          requiredClaims: ['exp'],
          currentDate: new Date(wallMs()),
        })
        return payload.exp
      } catch (error) {
        // jose's own errors are about the token; any other is a bug and must not look like a bad token.
        if (error instanceof errors.JOSEError) return undefined
        throw error
      }
    },
  }
}

/** Imported once: given raw bytes, jose would import them anew for every token. */
async function importKeys(material: KeyMaterial): Promise<{ signing: CryptoKey; verifying: CryptoKey }> {
  if (material.algorithm === 'HS256') {
    const raw = Buffer.from(material.secret, 'base64url')
    const key = await crypto.subtle.importKey('raw', raw, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign', 'verify'])
    return { signing: key, verifying: key }
  }
  return {
    signing: await importPKCS8(material.privatePem, material.algorithm),
    verifying: (await importJWK(material.publicJwk as JWK, material.algorithm)) as CryptoKey,
  }
}
