import { bodyLength, type Request } from '@archlab/runtime/kit'
import type { CacheKeys } from './cache-key.ts'
import type { Entry } from './entry.ts'

/** The entries under one key, newest first. They differ by the request's fields that their `Vary` names. */
export type Variants = readonly Entry[]

export const NO_VARIANTS: Variants = []

/** How much may lie under one key. */
export interface VariantLimits {
  readonly entries: number
  /** Of all bodies together. */
  readonly bytes: number
}

/** The variant for a request; the newest where several fit (RFC 9111 §4.1). */
export function variantFor(variants: Variants, request: Request, keys: CacheKeys): Entry | undefined {
  const newest = variants[0]
  if (newest === undefined || newest.vary === '') return newest
  return variants.find(entry => entry.vary === '' || entry.selection === keys.selection(entry.vary, request))
}

/** The variants with another one, which takes the place of what it replaces; the oldest leave beyond the limits. */
export function withVariant(
  variants: Variants,
  entry: Entry,
  limits: VariantLimits,
): { variants: Variants; dropped: number } {
  // A resource that does not vary (any more) has one entry.
  if (entry.vary === '') return { variants: [entry], dropped: 0 }
  const others = variants.filter(
    one => one.vary !== '' && !(one.vary === entry.vary && one.selection === entry.selection),
  )
  const kept = [entry]
  let bytes = bodyLength(entry.body)
  for (const other of others) {
    bytes += bodyLength(other.body)
    if (kept.length >= limits.entries || bytes > limits.bytes) break
    kept.push(other)
  }
  return { variants: kept, dropped: others.length + 1 - kept.length }
}
