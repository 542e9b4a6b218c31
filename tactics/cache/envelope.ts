import type { Clock } from '@archlab/runtime/kit'
import { Entry } from './entry.ts'
import { NO_VARIANTS, type Variants } from './variants.ts'

/** An entry as it lies in a cache component. Times of day, because other replicas read it. */
interface Envelope {
  readonly status: number
  readonly headers: string
  readonly body?: string
  /** Instead of `body` when that is bytes. */
  readonly base64?: string
  /** Milliseconds since 1970. */
  readonly storedAt: number
  /** Milliseconds. */
  readonly ttl: number
  /** Milliseconds after `ttl`, for stale-while-revalidate and stale-if-error. */
  readonly revalidate?: number
  readonly onError?: number
  /** Seconds that the reply was old when it was stored. */
  readonly age: number
  readonly vary?: string
  readonly selection?: string
}

/** What lies in the store for these entries: an envelope, or a list of them. */
export function toEnvelopes(variants: Variants, clock: Clock): Envelope | Envelope[] {
  const all = variants.map(entry => toEnvelope(entry, clock))
  return all.length === 1 ? all[0]! : all
}

function toEnvelope(entry: Entry, clock: Clock): Envelope {
  const body =
    typeof entry.body === 'string' ? { body: entry.body } : { base64: Buffer.from(entry.body).toString('base64') }
  return {
    status: entry.status,
    headers: entry.headers,
    ...body,
    storedAt: clock.wallMs() - (clock.nowMs() - entry.storedAtMs),
    ttl: entry.ttlMs,
    ...(entry.staleWhileRevalidateMs === 0 ? {} : { revalidate: entry.staleWhileRevalidateMs }),
    ...(entry.staleIfErrorMs === 0 ? {} : { onError: entry.staleIfErrorMs }),
    age: entry.initialAgeSeconds,
    ...(entry.vary === '' ? {} : { vary: entry.vary, selection: entry.selection }),
  }
}

const HEADER_BLOCK = /^(?:\n[!#$%&'*+.^_`|~0-9a-z-]+: [^\r\n\0]*)*$/

/**
 * The entries in a store's value, asked for when `epoch` writes had been seen; none when it is not made of envelopes. A
 * store may hold anything: nothing in it is trusted.
 */
export function fromEnvelopes(
  value: unknown,
  rules: { statuses: readonly number[]; variantsMax: number },
  clock: Clock,
  epoch: number,
): Variants {
  const all = Array.isArray(value) ? value.slice(0, rules.variantsMax) : [value]
  const entries = all.map(one => fromEnvelope(one, rules.statuses, clock, epoch))
  return entries.every(entry => entry !== undefined) ? entries : NO_VARIANTS
}

function fromEnvelope(value: unknown, statuses: readonly number[], clock: Clock, epoch: number): Entry | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const envelope = value as { [K in keyof Envelope]: unknown }
  const { status, headers, body, base64, storedAt, ttl, age, revalidate = 0, onError = 0 } = envelope
  const { vary = '', selection = '' } = envelope
  if (typeof status !== 'number' || !statuses.includes(status)) return undefined
  if (typeof headers !== 'string' || !HEADER_BLOCK.test(headers)) return undefined
  if (!isAmount(storedAt) || !isAmount(ttl) || !isAmount(age) || !isAmount(revalidate) || !isAmount(onError)) {
    return undefined
  }
  if (typeof vary !== 'string' || typeof selection !== 'string') return undefined
  const content =
    typeof body === 'string' ? body : typeof base64 === 'string' ? Buffer.from(base64, 'base64') : undefined
  if (content === undefined) return undefined
  const residentMs = Math.max(0, clock.wallMs() - storedAt)
  return new Entry({
    status,
    headers,
    body: content,
    storedAtMs: clock.nowMs() - residentMs,
    ttlMs: ttl,
    staleWhileRevalidateMs: revalidate,
    staleIfErrorMs: onError,
    initialAgeSeconds: Math.floor(age),
    vary,
    selection,
    epoch,
  })
}

function isAmount(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0
}
