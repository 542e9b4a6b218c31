import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto'

/** Cost parameters of scrypt (RFC 7914 §2): memory is 128 · N · r bytes. */
export interface ScryptCost {
  N: number
  r: number
  p: number
}

/** A stored password. */
export interface PasswordHash {
  cost: ScryptCost
  salt: Buffer
  digest: Buffer
}

/** What new hashes are made with: 16 MB and about 50 ms on a laptop. */
export const DEFAULT_COST: ScryptCost = { N: 16_384, r: 8, p: 1 }
const SALT_BYTES = 16
const DIGEST_BYTES = 32
const MEMORY_BYTES_MAX = 256 * 1024 ** 2

const BASE64 = '[A-Za-z0-9+/_-]+={0,2}'
const FORM = new RegExp(`^scrypt\\$(\\d{1,8})\\$(\\d{1,3})\\$(\\d{1,3})\\$(${BASE64})\\$(${BASE64})$`)

/** Reads `scrypt$N$r$p$salt$hash`, the last two in base64. A sentence says what is wrong with it. */
export function parsePasswordHash(text: string): PasswordHash | string {
  const parts = FORM.exec(text)
  if (!parts) return 'a password hash has the form scrypt$N$r$p$salt$hash'
  const [N, r, p] = [Number(parts[1]), Number(parts[2]), Number(parts[3])]
  if (N < 1024 || (N & (N - 1)) !== 0) return 'N of a password hash must be a power of two from 1024'
  if (r < 1 || p < 1 || p > 16) return 'r and p of a password hash must be at least 1, and p at most 16'
  if (128 * N * r > MEMORY_BYTES_MAX) return 'checking this password hash would take more than 256 MB of memory'
  const salt = Buffer.from(parts[4]!, 'base64')
  const digest = Buffer.from(parts[5]!, 'base64')
  if (salt.length < 8 || salt.length > 64) return 'the salt of a password hash must have 8 to 64 bytes'
  if (digest.length < 16 || digest.length > 64) return 'the hash of a password hash must have 16 to 64 bytes'
  return { cost: { N, r, p }, salt, digest }
}

/** The text form of a new hash of `password`. */
export async function hashPassword(password: string, cost: ScryptCost = DEFAULT_COST): Promise<string> {
  const salt = randomBytes(SALT_BYTES)
  const digest = await derive(password, salt, DIGEST_BYTES, cost)
  return ['scrypt', cost.N, cost.r, cost.p, salt.toString('base64url'), digest.toString('base64url')].join('$')
}

/** A hash that no password has, to be checked in place of an unknown user's, so that both take the same time. */
export function decoy(cost: ScryptCost): PasswordHash {
  return { cost, salt: randomBytes(SALT_BYTES), digest: randomBytes(DIGEST_BYTES) }
}

/** Whether `password` is the one behind `hash`; compares in constant time, off the event loop. */
export async function passwordFits(password: string, hash: PasswordHash): Promise<boolean> {
  return timingSafeEqual(await derive(password, hash.salt, hash.digest.length, hash.cost), hash.digest)
}

function derive(password: string, salt: Buffer, bytes: number, { N, r, p }: ScryptCost): Promise<Buffer> {
  const maxmem = 128 * r * (N + p + 2) + 1024 ** 2
  return new Promise((resolve, reject) => {
    scrypt(password, salt, bytes, { N, r, p, maxmem }, (error, digest) => (error ? reject(error) : resolve(digest)))
  })
}
