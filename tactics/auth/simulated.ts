import { type Clock, readSimulatedToken } from '@archlab/runtime/kit'
import type { AuthSettings } from './settings.ts'
import { INVALID, type Verify } from './verdict.ts'

/** Checks tokens of simulated time here: issuer and expiry as of a real one; there is no signature. */
export function simulatedVerify(context: {
  readonly settings: AuthSettings
  readonly clock: Clock
  link(name: string): { readonly published: unknown } | undefined
}): Verify {
  const { settings, clock, link } = context
  const published = link('with')?.published as { issuer?: unknown } | undefined
  const issuer = settings.issuer ?? (typeof published?.issuer === 'string' ? published.issuer : undefined)
  return token => {
    const claims = readSimulatedToken(token)
    if (!claims || (issuer !== undefined && claims.issuer !== issuer)) return INVALID
    const expiresAtSeconds = claims.expiresAtSeconds + settings.clockToleranceMs / 1000
    return expiresAtSeconds * 1000 > clock.wallMs() ? { kind: 'valid', expiresAtSeconds } : INVALID
  }
}
