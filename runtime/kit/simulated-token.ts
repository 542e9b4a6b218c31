/** What stands where a token has its signature: no key makes it, and no live component takes it. */
const SIGNATURE = 'c2ltdWxhdGVk'
const HEADER = Buffer.from('{"alg":"none","typ":"JWT"}').toString('base64url')

/** What a token of simulated time says. */
export interface SimulatedClaims {
  readonly issuer: string
  readonly subject: string
  /** Seconds since 1970. */
  readonly expiresAtSeconds: number
}

/** A token in the form of a JWT (RFC 7519) for simulations, which have no time for cryptography; nothing signs it. */
export function issueSimulatedToken({ issuer, subject, expiresAtSeconds }: SimulatedClaims): string {
  const payload = JSON.stringify({ iss: issuer, sub: subject, exp: expiresAtSeconds })
  return `${HEADER}.${Buffer.from(payload).toString('base64url')}.${SIGNATURE}`
}

/** What the latest token says: the same ones come again and again. */
let latest: { readonly token: string; readonly claims: SimulatedClaims | undefined } | undefined

/** The claims of a token of simulated time; `undefined` of any other. */
export function readSimulatedToken(token: string): SimulatedClaims | undefined {
  if (latest?.token !== token) latest = { token, claims: parsed(token) }
  return latest.claims
}

function parsed(token: string): SimulatedClaims | undefined {
  const [header, payload, signature, more] = token.split('.')
  if (header !== HEADER || signature !== SIGNATURE || payload === undefined || more !== undefined) return undefined
  try {
    const { iss, sub, exp } = JSON.parse(Buffer.from(payload, 'base64url').toString())
    return typeof exp === 'number' ? { issuer: String(iss), subject: String(sub), expiresAtSeconds: exp } : undefined
  } catch {
    return undefined
  }
}
