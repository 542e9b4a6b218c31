import { createHmac } from 'node:crypto'

const encoded = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')

/** A JSON Web Token made by hand, so that it can be wrong in every way. */
export function forgedToken(
  secret: string,
  { header = {}, claims = {}, hash = 'sha256' }: { header?: object; claims?: object; hash?: string } = {},
): string {
  const now = Math.floor(Date.now() / 1000)
  const head = encoded({ alg: 'HS256', typ: 'JWT', ...header })
  const payload = encoded({ sub: 'user1', iss: 'archlab', iat: now - 10, exp: now + 3600, ...claims })
  const signature = createHmac(hash, secret).update(`${head}.${payload}`).digest('base64url')
  return `${head}.${payload}.${signature}`
}

/** A token that claims to need no signature. */
export function unsignedToken(alg: string): string {
  return `${forgedToken('', { header: { alg } }).split('.').slice(0, 2).join('.')}.`
}
