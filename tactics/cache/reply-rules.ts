import { bodyLength, headerList, type Reply } from '@archlab/runtime/kit'

/** What may be stored, and for how long. */
export interface StorageRules {
  readonly statuses: readonly number[]
  readonly ttlMs: number
  readonly negativeStatuses: readonly number[]
  readonly negativeTtlMs: number
  readonly staleWhileRevalidateMs: number
  readonly staleIfErrorMs: number
  readonly maxEntryBytes: number
  /** True when requests with another Authorization have another key. */
  readonly keyedByAuthorization: boolean
}

/** What the rules say about a reply. */
export interface Verdict {
  /** For everybody with the same key and variant, not only for who asked. */
  readonly shareable: boolean
  /** Names of the request's fields that chose it, lower case, sorted, `, ` between them; empty when none did. */
  readonly vary: string
  /** How long it is fresh, in milliseconds; 0 when it must not be kept. */
  readonly ttlMs: number
  /** How long after that it may be given while a fresh one is fetched (RFC 5861 §3). */
  readonly staleWhileRevalidateMs: number
  /** How long after that it may stand in for an origin that fails (RFC 5861 §4). */
  readonly staleIfErrorMs: number
}

const VARY_NAMES_MAX = 16
const PRIVATE: Verdict = { shareable: false, vary: '', ttlMs: 0, staleWhileRevalidateMs: 0, staleIfErrorMs: 0 }

/** Judges a reply. What the settings allow a reply can shorten, not lengthen. */
export function judge(reply: Reply, rules: StorageRules): Verdict {
  const control = directives(reply)
  const vary = varyOf(reply, rules)
  const isPrivate = control.has('no-store') || control.has('private') || reply.header('set-cookie') !== undefined
  if (isPrivate || vary === undefined) return PRIVATE
  const ttlMs = lifetimeMs(reply, control, rules)
  // Negative replies are short-lived guesses, and these directives forbid stale replies (RFC 9111 §4.2.4).
  const freshOnly =
    !rules.statuses.includes(reply.status) ||
    control.has('must-revalidate') ||
    control.has('proxy-revalidate') ||
    control.has('s-maxage')
  const windowMs = (name: string, allowedMs: number): number =>
    freshOnly ? 0 : shortened(allowedMs, control.get(name))
  return {
    shareable: true,
    vary,
    ttlMs,
    staleWhileRevalidateMs: windowMs('stale-while-revalidate', rules.staleWhileRevalidateMs),
    staleIfErrorMs: windowMs('stale-if-error', rules.staleIfErrorMs),
  }
}

/** The `Age` that the reply came with, in seconds. */
export function ageSeconds(reply: Reply): number {
  const age = reply.header('age') ?? ''
  return /^\d{1,9}$/.test(age) ? Number(age) : 0
}

function lifetimeMs(reply: Reply, control: ReadonlyMap<string, string>, rules: StorageRules): number {
  if (control.has('no-cache') || bodyLength(reply.body) > rules.maxEntryBytes) return 0
  const allowedMs = rules.statuses.includes(reply.status)
    ? rules.ttlMs
    : rules.negativeStatuses.includes(reply.status)
      ? rules.negativeTtlMs
      : 0
  return shortened(allowedMs, control.get('s-maxage') ?? control.get('max-age'), ageSeconds(reply))
}

/** A length of time, shortened by what a directive states in seconds less those that are already over. */
function shortened(allowedMs: number, stated: string | undefined, overSeconds = 0): number {
  if (stated === undefined) return allowedMs
  const seconds = /^\d+$/.test(stated) ? Number(stated) - overSeconds : 0
  return Math.max(0, Math.min(allowedMs, seconds * 1000))
}

/** The names in `Vary`; `undefined` when no other request can be known to be answered alike (RFC 9111 §4.1). */
function varyOf(reply: Reply, { keyedByAuthorization }: StorageRules): string | undefined {
  const field = headerList(reply.headers, 'vary')
  if (field === undefined) return ''
  const names = new Set(field.split(',').map(name => name.trim().toLowerCase()))
  names.delete('')
  if (keyedByAuthorization) names.delete('authorization')
  return names.has('*') || names.size > VARY_NAMES_MAX ? undefined : [...names].sort().join(', ')
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
