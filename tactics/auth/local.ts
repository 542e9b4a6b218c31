import { KeyObject } from 'node:crypto'
import type { Clock } from '@archlab/runtime/kit'
import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTVerifyOptions, jwtVerify } from 'jose'
import type { VerificationKey } from './keys.ts'
import { INVALID, type Verify } from './verdict.ts'

/**
 * Checks tokens with a key at hand. Only the key's own algorithm is accepted, whatever the token's header says: that
 * shuts out `none` and the confusion of a public key with a secret (RFC 8725 §3.1).
 */
export function localVerify(verification: VerificationKey, toleranceMs: number, clock: Clock): Verify {
  const { algorithm, issuer, key } = verification
  const resolved = key instanceof KeyObject ? key : createLocalJWKSet(key as unknown as JSONWebKeySet)
  const fixed: JWTVerifyOptions = {
    algorithms: [algorithm],
    requiredClaims: ['exp'],
    clockTolerance: toleranceMs / 1000,
    ...(issuer === undefined ? {} : { issuer }),
  }
  return async token => {
    try {
      const { payload } = await jwtVerify(token, resolved, { ...fixed, currentDate: new Date(clock.wallMs()) })
      return { kind: 'valid', expiresAtSeconds: payload.exp! + toleranceMs / 1000 }
    } catch (error) {
      // jose's own errors are about the token; anything else is a fault of ours.
      if (error instanceof errors.JOSEError) return INVALID
      throw error
    }
  }
}
