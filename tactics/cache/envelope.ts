import type { Clock } from '@archlab/runtime/kit'
import { Entry } from './entry.ts'

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
  /** Seconds that the reply was old when it was stored. */
  readonly age: number
}

export function toEnvelope(entry: Entry, clock: Clock): Envelope {
  const body =
    typeof entry.body === 'string' ? { body: entry.body } : { base64: Buffer.from(entry.body).toString('base64') }
  return {
    status: entry.status,
    headers: entry.headers,
    ...body,
    storedAt: clock.wallMs() - (clock.nowMs() - entry.storedAtMs),
    ttl: entry.ttlMs,
    age: entry.initialAgeSeconds,
  }
}

const HEADER_BLOCK = /^(?:\n[!#$%&'*+.^_`|~0-9a-z-]+: [^\r\n\0]*)*$/

/** The entry in an envelope; `undefined` when it is none. A store may hold anything: nothing in it is trusted. */
export function fromEnvelope(value: unknown, statuses: readonly number[], clock: Clock): Entry | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const { status, headers, body, base64, storedAt, ttl, age } = value as { [K in keyof Envelope]: unknown }
  if (typeof status !== 'number' || !statuses.includes(status)) return undefined
  if (typeof headers !== 'string' || !HEADER_BLOCK.test(headers)) return undefined
  if (!isAmount(storedAt) || !isAmount(ttl) || !isAmount(age)) return undefined
  const content =
    typeof body === 'string' ? body : typeof base64 === 'string' ? Buffer.from(base64, 'base64') : undefined
  if (content === undefined) return undefined
  const residentMs = Math.max(0, clock.wallMs() - storedAt)
  return new Entry({ status, headers, body: content }, clock.nowMs() - residentMs, ttl, Math.floor(age))
}

function isAmount(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0
}
