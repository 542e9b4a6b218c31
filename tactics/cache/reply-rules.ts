import { bodyLength, headerList, type Reply } from '@archlab/runtime/kit'

/** What may be stored, and for how long. */
export interface StorageRules {
  readonly statuses: readonly number[]
  readonly ttlMs: number
  readonly maxEntryBytes: number
  /** True when requests with another Authorization have another key. */
  readonly keyedByAuthorization: boolean
}

/** How long a reply may be kept, in milliseconds; 0 when it may not. A reply can shorten `ttl`, not lengthen it. */
export function lifetimeMs(reply: Reply, rules: StorageRules): number {
  if (!rules.statuses.includes(reply.status) || !shareable(reply, rules)) return 0
  const control = directives(reply)
  if (control.has('no-cache') || bodyLength(reply.body) > rules.maxEntryBytes) return 0
  const stated = control.get('s-maxage') ?? control.get('max-age')
  if (stated === undefined) return rules.ttlMs
  const seconds = /^\d+$/.test(stated) ? Number(stated) - ageSeconds(reply) : 0
  return Math.max(0, Math.min(rules.ttlMs, seconds * 1000))
}

/** True when the reply is for everybody with the same key, not only for who asked. */
export function shareable(reply: Reply, { keyedByAuthorization }: StorageRules): boolean {
  if (reply.header('set-cookie') !== undefined) return false
  const control = directives(reply)
  if (control.has('no-store') || control.has('private')) return false
  const vary = headerList(reply.headers, 'vary')
  if (vary === undefined) return true
  return keyedByAuthorization && vary.split(',').every(name => name.trim().toLowerCase() === 'authorization')
}

/** The `Age` that the reply came with, in seconds. */
export function ageSeconds(reply: Reply): number {
  const age = reply.header('age') ?? ''
  return /^\d{1,9}$/.test(age) ? Number(age) : 0
}

const NONE: ReadonlyMap<string, string> = new Map()

/** The directives of Cache-Control, by lower-case name. */
function directives(reply: Reply): ReadonlyMap<string, string> {
  const field = headerList(reply.headers, 'cache-control')
  if (field === undefined) return NONE
  const found = new Map<string, string>()
  for (const directive of field.split(',')) {
    const [name = '', value = ''] = directive.trim().split('=', 2)
    const plain = value.replaceAll('"', '')
    // Of a directive that stands twice the stricter one counts (RFC 9111 §4.2.1 lets us choose).
    const known = found.get(name.toLowerCase())
    if (known === undefined || Number(plain) < Number(known)) found.set(name.toLowerCase(), plain)
  }
  return found
}
