import { scryptSync, timingSafeEqual } from 'node:crypto'
import { issueSimulatedToken, readSimulatedToken } from '@archlab/runtime/kit'
import type { PasswordHash } from './password.ts'
import type { TokenOptions, Tokens } from './tokens.ts'

/** Tokens of simulated time: they expire as real ones do, and nobody signs them. */
export function simulatedTokens({ issuer, ttlMs, wallMs }: TokenOptions): Tokens {
  return {
    async issue(subject) {
      return issueSimulatedToken({ issuer, subject, expiresAtSeconds: Math.floor((wallMs() + ttlMs) / 1000) })
    },
    expiryOf(token) {
      const claims = readSimulatedToken(token)
      if (!claims || claims.issuer !== issuer || claims.expiresAtSeconds * 1000 <= wallMs()) return undefined
      return claims.expiresAtSeconds
    },
  }
}

const PASSWORDS_MAX = 1000
/** All logins of a process: the same password is hashed once, however many runs there are. */
const fitting = new Map<string, boolean>()

/** Checks passwords for real, each once: a simulation asks for the same ones again and again, and has no other thread. */
export function rememberedFits(): (password: string, hash: PasswordHash) => Promise<boolean> {
  return async (password, { cost, salt, digest }) => {
    const key = `${digest.toString('base64url')} ${password}`
    let fits = fitting.get(key)
    if (fits === undefined) {
      const { N, r, p } = cost
      const made = scryptSync(password, salt, digest.length, { N, r, p, maxmem: 128 * r * (N + p + 2) + 1024 ** 2 })
      fits = timingSafeEqual(made, digest)
      if (fitting.size < PASSWORDS_MAX) fitting.set(key, fits)
    }
    return fits
  }
}
